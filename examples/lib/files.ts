import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from './options.ts';

/** Writes a JSON file into a folder, which is made if need be; gives its path. A reader never sees half of it. */
export async function writeJson(folder: string, name: string, value: unknown): Promise<string> {
  const path = join(folder, name);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.part`, `${JSON.stringify(value, null, 2)}\n`);
    await rename(`${path}.part`, path);
  } catch (error) {
    throw new UsageError(`--out ${folder}: cannot write ${path} (${(error as Error).message})`);
  }
  return path;
}
