import { type Code, flatten, typeBytes, unsigned } from './code.ts';
import { FunctionBuilder } from './function.ts';

/** The largest memory that a 32-bit address reaches, in pages of 64 KiB. */
export const maximumPages = 65_536;

/** The import name of the memory that all kernels share. */
export const memoryImport = { module: 'heap', name: 'memory' } as const;

/** Writes the body of a function; a builder is given to it. */
export type Body = (f: FunctionBuilder) => void;

/**
 * A module that exports the functions under their names, in the order of which they may call earlier ones by number.
 * Its only import is the memory. Functions take numbers and return nothing.
 * Source: WebAssembly core specification 3.0, 5.5 (modules).
 */
export function assemble(
  functions: Readonly<Record<string, Body>>,
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const bodies = Object.values(functions).map((write) => {
    const f = new FunctionBuilder();
    write(f);
    return f.finish();
  });
  const types = bodies.map(({ params }) => [0x60, list(params.map((type) => [typeBytes[type]])), 0]);
  const { module, name } = memoryImport;
  const limits = shared ? [0x03, 0, unsigned(maximumPages)] : [0x00, 0];
  const exports = Object.keys(functions).map((key, i) => [text(key), 0x00, unsigned(i)]);
  return new Uint8Array(
    flatten([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, list(types)),
      section(2, list([[text(module), text(name), 0x02, limits]])),
      section(3, list(bodies.map((_, i) => unsigned(i)))),
      section(7, list(exports)),
      section(10, list(bodies.map(({ code }) => code))),
    ]),
  );
}

function section(id: number, content: Code): Code {
  const bytes = flatten(content);
  return [id, unsigned(bytes.length), bytes];
}

function list(items: readonly Code[]): Code {
  return [unsigned(items.length), ...items];
}

/** A name of ASCII characters. */
function text(value: string): Code {
  const bytes = Array.from(value, (character) => character.charCodeAt(0));
  return [unsigned(bytes.length), ...bytes];
}
