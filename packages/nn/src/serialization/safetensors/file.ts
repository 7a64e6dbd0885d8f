import { type FileReader, openFile, type Tensor, writeAtomically } from '@retrograd/core';
import type { StateDict } from '../../state.ts';
import { decoded, type LoadTensorsOptions, missing, piecesOf, selected } from './bytes.ts';
import { type Entry, type Header, headerLength, lengthBytes, type Metadata, parseHeader } from './header.ts';

/**
 * Writes tensors by name into a safetensors file, one after another. The file is there whole or not at all: it takes the
 * place of an older one only when all of it has reached the disk.
 *
 * @param metadata Strings by name that are kept with them, such as the `{ format: 'pt' }` that some readers ask for.
 *
 * @example
 * ```ts
 * await safetensors.saveFile(model.stateDict(), 'model.safetensors');
 * ```
 * and in Python, since the keys and layouts are PyTorch's own: `model.load_state_dict(load_file("model.safetensors"))`.
 * @throws SafetensorsError for names and metadata that a file cannot have, and for tensors that change meanwhile;
 * FileError when it cannot be written
 */
export async function saveFile(
  tensors: Readonly<StateDict>,
  path: string,
  metadata: Metadata = {},
): Promise<void> {
  await writeAtomically(path, piecesOf(tensors, metadata));
}

/**
 * The tensors in a safetensors file, by name, read one at a time. Integers of 64 bits, and the other integers that have no
 * dtype here, become `int32` (checked); half precision and `bfloat16` become `float32`.
 *
 * @example
 * What PyTorch has trained, saved there with `safetensors.torch.save_file(model.state_dict(), "model.safetensors")`:
 * ```ts
 * model.loadStateDict(await safetensors.loadFile('model.safetensors'));
 * ```
 * One part of it:
 * ```ts
 * const encoder = await safetensors.loadFile(path, { only: (name) => name.startsWith('encoder.') });
 * ```
 * @throws SafetensorsError for a file that is none, and for integers beyond int32; FileError when it cannot be read
 */
export async function loadFile(path: string, options: LoadTensorsOptions = {}): Promise<StateDict> {
  const file = await safeOpen(path);
  try {
    return await file.getTensors(options);
  } finally {
    await file.close();
  }
}

/**
 * Opens a safetensors file to read single tensors. Only its header is read, and checked, at first.
 *
 * @example
 * ```ts
 * const file = await safeOpen('model.safetensors');
 * for (const name of file.keys()) console.log(name, (await file.getTensor(name)).shape);
 * await file.close();
 * ```
 * @throws SafetensorsError for a file that is none; FileError when it cannot be read
 */
export async function safeOpen(path: string): Promise<SafetensorsFile> {
  const file = await openFile(path);
  try {
    const first = await file.read(0, Math.min(lengthBytes, file.size));
    const length = headerLength(first, file.size);
    const body = lengthBytes + length;
    return new SafetensorsFile(
      file,
      parseHeader(await file.read(lengthBytes, length), file.size - body),
      body,
    );
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A safetensors file that is open for reading. @see safeOpen */
export class SafetensorsFile {
  readonly #file: FileReader;
  /** Where the tensors' bytes begin. */
  readonly #body: number;
  readonly #metadata: Metadata;
  readonly #entries: ReadonlyMap<string, Entry>;

  /** @internal */
  constructor(file: FileReader, { metadata, entries }: Header, body: number) {
    this.#file = file;
    this.#metadata = metadata;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#body = body;
  }

  /** What else the file says: strings by name. */
  metadata(): Metadata {
    return this.#metadata;
  }

  /** The names of its tensors, in the order in which they lie in the file. */
  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** Reads one tensor. @throws ArgumentError for a name that is not there */
  async getTensor(name: string): Promise<Tensor> {
    const entry = this.#entries.get(name) ?? missing(name, [...this.#entries.values()]);
    return decoded(entry, await this.#file.read(this.#body + entry.begin, entry.end - entry.begin));
  }

  /** Reads all tensors, or those that are wanted, one after another. */
  async getTensors(options: LoadTensorsOptions = {}): Promise<StateDict> {
    const tensors: [string, Tensor][] = [];
    for (const { name } of selected([...this.#entries.values()], options))
      tensors.push([name, await this.getTensor(name)]);
    return Object.fromEntries(tensors);
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
