/** What is used of WebAssembly's JavaScript interface, which is there only where the engine has it. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  /** Adds pages of 64 KiB. */
  grow(pages: number): number;
}

interface WasmNamespace {
  readonly Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

export const webAssembly = (globalThis as { WebAssembly?: WasmNamespace }).WebAssembly;
