export { type LoadTensorsOptions, load, save } from './safetensors/bytes.ts';
export { SafetensorsError } from './safetensors/error.ts';
export { loadFile, SafetensorsFile, safeOpen, saveFile } from './safetensors/file.ts';
export type { Metadata } from './safetensors/header.ts';
