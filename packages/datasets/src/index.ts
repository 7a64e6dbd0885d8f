export { CIFAR10, type CIFAR10Options, CIFAR100, type CIFAR100Options } from './cifar.ts';
export { type Collated, defaultCollate } from './collate.ts';
export { ConcatDataset, StackDataset } from './combined-datasets.ts';
export type { ColumnType } from './csv-columns.ts';
export { type CsvBatch, CsvDataset, type CsvOptions, type CsvRow } from './csv-dataset.ts';
export { DataLoader } from './data-loader.ts';
export type { CollatingOptions, DataLoaderOptions, PrefetchOptions } from './data-loader-options.ts';
export { Dataset, randomSplit, Subset, TensorDataset } from './dataset.ts';
export { DistributedSampler, type DistributedSamplerOptions } from './distributed-sampler.ts';
export type { DownloadProgress } from './download.ts';
export { EMNIST, type EMNISTOptions, type EMNISTSplit } from './emnist.ts';
export { encodeIdx, type IdxArray, type IdxExpectation, type ParseIdxOptions, parseIdx } from './idx.ts';
export { ImageDataset, type ImageDatasetOptions } from './image-dataset.ts';
export type { Decode, Pixels } from './image-decoders.ts';
export { ImageFolder, type ImageFolderOptions, type ImageSample } from './image-folder.ts';
export type { Indices } from './indices.ts';
export { ChainDataset, IterableDataset } from './iterable-dataset.ts';
export { FashionMNIST, KMNIST, MNIST, type MNISTOptions } from './mnist.ts';
export { type FilesOptions, MissingFilesError } from './obtain.ts';
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  type SubsetRandomSamplerOptions,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from './sampler.ts';
export { StrokeDigits, type StrokeDigitsOptions } from './stroke-digits.ts';
export {
  type RandomAffineOptions,
  type RandomRotationOptions,
  randomAffine,
  randomRotation,
} from './transforms/affine.ts';
export {
  type RandomApplyOptions,
  type RandomChoiceOptions,
  randomApply,
  randomChoice,
  randomOrder,
} from './transforms/choice.ts';
export {
  type ColorJitterOptions,
  colorJitter,
  type GrayscaleOptions,
  grayscale,
} from './transforms/colour.ts';
export {
  centerCrop,
  type Padding,
  type PaddingMode,
  type PadOptions,
  pad,
  type RandomCropOptions,
  type RandomFlipOptions,
  randomCrop,
  randomHorizontalFlip,
  randomVerticalFlip,
} from './transforms/crop.ts';
export {
  type GaussianBlurOptions,
  type GaussianNoiseOptions,
  gaussianBlur,
  gaussianNoise,
  type RandomErasingOptions,
  randomErasing,
} from './transforms/noise.ts';
export type { Interpolation, PerChannel, RandomTransformOptions } from './transforms/parameters.ts';
export {
  type RandomResizedCropOptions,
  type ResizeOptions,
  randomResizedCrop,
  resize,
} from './transforms/resize.ts';
export { compose, type Transform } from './transforms/transform.ts';
export { normalize, toTensor } from './transforms/values.ts';
export type { DatasetMaker } from './workers/make.ts';
export { serveDataset } from './workers/serve.ts';
export type { WorkerLike } from './workers/spawn.ts';
export {
  type BundledDatasetOptions,
  type WorkerDatasetOptions,
  workerDataset,
} from './workers/worker-dataset.ts';
export { WorkerError } from './workers/worker-error.ts';
export { getWorkerInfo, type WorkerInfo } from './workers/worker-info.ts';
