import { manualSeed, noGrad, type Tensor } from '@retrograd/core';
import { DataLoader, type ImageDataset } from '@retrograd/datasets';
import type { Layer } from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { type Optimizer, SGD } from '@retrograd/optim';

export interface TrainOptions {
  /** Default 1. */
  readonly epochs?: number;
  /** Default 64. */
  readonly batchSize?: number;
  /** Decides the order of the images. Default 5. */
  readonly seed?: number;
  /** Learning rate of SGD. Default 0.01. */
  readonly lr?: number;
  /** Default 0.9. */
  readonly momentum?: number;
  /** Instead of SGD. */
  readonly optimizer?: Optimizer;
  /** What is done to a batch of images before the model sees it. */
  readonly augment?: (images: Tensor, labels: Tensor) => Tensor;
  /** Called after each epoch with its number, from 1, and its mean loss. */
  readonly onEpoch?: (epoch: number, loss: number) => void | Promise<void>;
}

/**
 * Teaches a model to name what images show, with cross-entropy. The same seed gives the same losses.
 *
 * @returns the loss of each batch
 * @example
 * ```ts
 * manualSeed(5);
 * const model = new Net();
 * const losses = await train(model, digits.train, { epochs: 3, onEpoch: async (epoch, loss) => console.log(epoch, loss) });
 * ```
 */
export async function train(
  model: Layer,
  dataset: ImageDataset,
  options: TrainOptions = {},
): Promise<number[]> {
  const { epochs = 1, batchSize = 64, seed = 5, lr = 0.01, momentum = 0.9, augment, onEpoch } = options;
  const optimizer = options.optimizer ?? new SGD(model.parameters(), { lr, momentum });
  const losses: number[] = [];
  manualSeed(seed);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    // Whoever looks after an epoch may have left it in evaluation mode.
    model.train();
    const before = losses.length;
    for await (const [images, labels] of new DataLoader(dataset, { batchSize, shuffle: true })) {
      optimizer.zeroGrad();
      const input = augment?.(images, labels) ?? images;
      const loss = F.crossEntropy(model.forward(input), labels);
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
    }
    await onEpoch?.(epoch, mean(losses.slice(before)));
  }
  return losses;
}

/** The share of images whose class the model names. */
export async function accuracy(
  model: Layer,
  dataset: ImageDataset,
  { batchSize = 250 } = {},
): Promise<number> {
  model.eval();
  let correct = 0;
  for await (const [images, labels] of new DataLoader(dataset, { batchSize })) {
    correct += noGrad(() => model.forward(images).argmax(1).eq(labels).sum().item());
  }
  return correct / dataset.length;
}

/** The mean of some numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
