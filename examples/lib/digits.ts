import {
  type DownloadProgress,
  type ImageDataset,
  MissingFilesError,
  MNIST,
  StrokeDigits,
} from '@retrograd/datasets';
import type { Options } from './options.ts';

/** Images to learn from, and others to be tested on. */
export interface Digits {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

/** Real MNIST where its files are or can be had; drawn digits elsewhere, after saying so. */
export async function loadDigits({
  data,
  limit,
  seed,
}: Pick<Options, 'data' | 'limit' | 'seed'>): Promise<Digits> {
  if (data === 'strokes') return drawn({ seed, limit });
  try {
    const files = { root: data, onProgress: showDownload() };
    const train = await MNIST.load({ ...files, train: true });
    const test = await MNIST.load({ ...files, train: false });
    return { train: first(train, limit), test };
  } catch (error) {
    if (!(error instanceof MissingFilesError)) throw error;
    console.log(
      `MNIST is neither in ${data ?? 'a folder'} nor to be had from the network: training on drawn digits instead.`,
    );
    return drawn({ seed, limit });
  }
}

/** As many drawn digits as there would be real ones, or fewer; as in MNIST, a sixth as many to be tested on. */
function drawn({ seed, limit }: { seed: number; limit: number }): Digits {
  const size = Math.min(limit, 60_000);
  return {
    train: new StrokeDigits({ train: true, seed, size }),
    test: new StrokeDigits({ train: false, seed, size: Math.ceil(size / 6) }),
  };
}

/** The first images of MNIST. */
export function first(dataset: MNIST, limit: number): MNIST {
  if (limit >= dataset.length) return dataset;
  const { images, labels, classes, transform } = dataset;
  return new MNIST(images.narrow(0, 0, limit), labels.narrow(0, 0, limit), { classes, transform });
}

/** A line for each file as it begins, and one for each further quarter. */
function showDownload(): (progress: DownloadProgress) => void {
  let shown = '';
  return ({ file, done, total }) => {
    const quarter = total
      ? ` ${25 * Math.floor((4 * done) / total)}% of ${(total / 2 ** 20).toFixed(1)} MiB`
      : '';
    const line = `Downloading ${file}${quarter}`;
    if (line !== shown) console.error(line);
    shown = line;
  };
}
