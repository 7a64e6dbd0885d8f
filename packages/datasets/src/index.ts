export { type Collated, defaultCollate } from './collate.ts';
export { type CollatingOptions, DataLoader, type DataLoaderOptions } from './data-loader.ts';
export { Dataset, randomSplit, Subset, TensorDataset } from './dataset.ts';
export type { DownloadProgress } from './download.ts';
export { encodeIdx, type IdxArray, type IdxExpectation, type ParseIdxOptions, parseIdx } from './idx.ts';
export { ImageDataset, type ImageDatasetOptions } from './image-dataset.ts';
export type { Indices } from './indices.ts';
export { type IdxFilesOptions, MissingFilesError } from './load-idx.ts';
export { FashionMNIST, KMNIST, MNIST, type MNISTOptions } from './mnist.ts';
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  SequentialSampler,
} from './sampler.ts';
export { StrokeDigits, type StrokeDigitsOptions } from './stroke-digits.ts';
export { compose, normalize, type Transform, toTensor } from './transforms.ts';
