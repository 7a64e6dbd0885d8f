import { environment } from '../environment.ts';
import { ArgumentError, MemoryError } from '../errors.ts';
import type { Backend } from './backend.ts';
import { reference } from './reference/reference.ts';
import { detectFeatures, mayCompile } from './wasm/features.ts';
import { createWasm, type Wasm } from './wasm/wasm.ts';

/** The WebAssembly backend; `null` where `RETROGRAD_BACKEND` asks for another, or this platform cannot run it. */
function chosenWasm(): Wasm | null {
  const wanted = environment('RETROGRAD_BACKEND') ?? 'wasm';
  if (wanted === 'reference') return null;
  if (wanted !== 'wasm') {
    throw new ArgumentError({
      op: 'RETROGRAD_BACKEND',
      got: `'${wanted}'`,
      want: "'wasm' or 'reference'",
    });
  }
  const features = detectFeatures();
  if (!features.simd) return null;
  if (!mayCompile()) {
    console.warn(
      "retrograd: WebAssembly may not be compiled here (a Content-Security-Policy needs script-src 'wasm-unsafe-eval'). " +
        'Everything runs without it, far more slowly.',
    );
    return null;
  }
  try {
    return createWasm({ features });
  } catch (error) {
    // A platform with little address space grants no WebAssembly memory at all.
    if (error instanceof MemoryError) return null;
    throw error;
  }
}

export const wasm: Wasm | null = chosenWasm();

/** The backend of new tensors. An op runs on the backend of its inputs' storages. */
export const defaultBackend: Backend = wasm?.backend ?? reference;
