import { access, constants, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from './options.ts';

/** Makes a folder if need be, and sees whether it can be written to: better before an hour of training than after. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--out ${folder}: cannot write there (${(error as Error).message})`);
  }
}

/** Writes a JSON file into a folder; gives its path. A reader never sees half of it. */
export async function writeJson(folder: string, name: string, value: unknown): Promise<string> {
  const path = join(folder, name);
  try {
    await writeFile(`${path}.part`, `${JSON.stringify(value, null, 2)}\n`);
    await rename(`${path}.part`, path);
  } catch (error) {
    throw new UsageError(`--out ${folder}: cannot write ${path} (${(error as Error).message})`);
  }
  return path;
}
