import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MissingFilesError, MNIST } from '@retrograd/datasets';

/** Where the real MNIST may lie when a test looks for it, besides the places that the loader knows. */
export const beside = fileURLToPath(new URL('../../shared/mnist', import.meta.url));

/** The real training images, if they are on this machine; nothing is downloaded. */
export async function mnistIfPresent(): Promise<MNIST | undefined> {
  try {
    return await MNIST.load({ download: false, ...(existsSync(beside) ? { root: beside } : {}) });
  } catch (error) {
    if (error instanceof MissingFilesError) return undefined;
    throw error;
  }
}
