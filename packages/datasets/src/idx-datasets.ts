/** The two parts of a dataset in MNIST's form. */
export type Split = 'train' | 'test';

/** One file of a dataset. */
export interface IdxFile {
  /** Its name, without `.gz`. */
  readonly name: string;
  /** The shape of the array in it; of each size but the first nothing else is accepted. */
  readonly shape: readonly [number, ...number[]];
  /** Bytes of the decompressed file. */
  readonly contentBytes: number;
  /** The SHA-256 of the decompressed `content`, or of the published `gzip` file where only that is known. */
  readonly sha256: { readonly of: 'content' | 'gzip'; readonly hex: string };
}

/** A dataset of images and labels in IDX files. */
export interface IdxDataset {
  readonly name: string;
  /** Folders on the web that hold the four files as `.gz`; each ends in a slash. */
  readonly mirrors: readonly string[];
  readonly files: Readonly<Record<Split, { readonly images: IdxFile; readonly labels: IdxFile }>>;
}

/** The four checksums of a dataset in the order train images, train labels, test images, test labels. */
type Checksums = readonly [string, string, string, string];

function idxDataset(
  name: string,
  mirrors: readonly string[],
  of: 'content' | 'gzip',
  hex: Checksums,
): IdxDataset {
  const images = (prefix: string, count: number, hex: string): IdxFile => ({
    name: `${prefix}-images-idx3-ubyte`,
    shape: [count, 28, 28],
    contentBytes: 16 + count * 28 * 28,
    sha256: { of, hex },
  });
  const labels = (prefix: string, count: number, hex: string): IdxFile => ({
    name: `${prefix}-labels-idx1-ubyte`,
    shape: [count],
    contentBytes: 8 + count,
    sha256: { of, hex },
  });
  return {
    name,
    mirrors,
    files: {
      train: { images: images('train', 60_000, hex[0]), labels: labels('train', 60_000, hex[1]) },
      test: { images: images('t10k', 10_000, hex[2]), labels: labels('t10k', 10_000, hex[3]) },
    },
  };
}

/** Handwritten digits. Source: Y. LeCun, C. Cortes, C. Burges, http://yann.lecun.com/exdb/mnist/ */
export const mnist = idxDataset(
  'MNIST',
  ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
  'content',
  [
    'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  ],
);

/**
 * Articles of clothing. Source: H. Xiao, K. Rasul, R. Vollgraf, https://github.com/zalandoresearch/fashion-mnist;
 * checksums from TensorFlow Datasets, `url_checksums/fashion_mnist.txt`.
 */
export const fashionMnist = idxDataset(
  'FashionMNIST',
  [
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  'gzip',
  [
    '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
    '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
    '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
  ],
);

/**
 * Cursive Japanese characters. Source: T. Clanuwat et al., http://codh.rois.ac.jp/kmnist/;
 * checksums from TensorFlow Datasets, `url_checksums/kmnist.txt`.
 */
export const kmnist = idxDataset(
  'KMNIST',
  ['http://codh.rois.ac.jp/kmnist/dataset/kmnist/', 'https://codh.rois.ac.jp/kmnist/dataset/kmnist/'],
  'gzip',
  [
    '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4',
    'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17',
    'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5',
    '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c',
  ],
);

/** Every dataset whose files bear these names: what a stray file may turn out to be. */
export const idxDatasets: readonly IdxDataset[] = [mnist, fashionMnist, kmnist];
