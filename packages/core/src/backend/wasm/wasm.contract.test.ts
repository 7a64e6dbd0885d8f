import { backendContract } from '../contract/contract.ts';
import { detectFeatures } from './features.ts';
import { createWasm } from './wasm.ts';

const features = detectFeatures();
backendContract(createWasm({ features }).backend);
