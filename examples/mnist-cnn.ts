/**
 * A small convolutional network learns to read handwritten digits. Its PyTorch original, line by line, is in
 * mnist_cnn.py beside this file.
 */
import { manualSeed, noGrad, type Tensor } from '@retrograd/core';
import { DataLoader, type ImageDataset } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import * as optim from '@retrograd/optim';
import { loadDigits } from './lib/digits.ts';
import { makeFolder, writeJson } from './lib/files.ts';
import { type Options, runMain, TrainingError } from './lib/options.ts';
import { Progress } from './lib/progress.ts';

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3);
  conv2 = new nn.Conv2d(16, 32, 3);
  fc1 = new nn.Linear(800, 10);

  override forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    return this.fc1.forward(x.flatten(1));
  }
}

class DeeperNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3);
  conv2 = new nn.Conv2d(16, 32, 3);
  conv3 = new nn.Conv2d(32, 64, 3);
  fc1 = new nn.Linear(64, 10);

  override forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv3.forward(x)), 2);
    return this.fc1.forward(x.flatten(1));
  }
}

type Model = Net | DeeperNet;

/** One pass over the training images; the loss of each batch. */
async function trainEpoch(
  model: Model,
  loader: DataLoader<unknown, [images: Tensor, labels: Tensor]>,
  optimizer: optim.SGD,
  progress: Progress,
): Promise<number[]> {
  const criterion = new nn.CrossEntropyLoss();
  const losses: number[] = [];
  for await (const [images, labels] of loader) {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(images), labels);
    loss.backward();
    optimizer.step();
    losses.push(checkedLoss(loss.item(), losses.length, optimizer));
    progress.advance(images.size(0), `loss ${losses.at(-1)?.toFixed(4)}`);
  }
  return losses;
}

function checkedLoss(loss: number, step: number, { paramGroups: [group] }: optim.SGD): number {
  if (Number.isFinite(loss)) return loss;
  throw new TrainingError(
    `the loss became ${loss} in step ${step + 1} with learning rate ${group?.lr}: try a smaller --lr`,
  );
}

/** The share of images whose digit the model names. */
async function accuracy(model: Model, dataset: ImageDataset): Promise<number> {
  const progress = new Progress('Test', dataset.length, 'images');
  let correct = 0;
  for await (const [images, labels] of new DataLoader(dataset, { batchSize: 100 })) {
    correct += noGrad(() => model.forward(images).argmax(1).eq(labels).sum().item());
    progress.advance(images.size(0));
  }
  progress.end();
  return correct / dataset.length;
}

async function main(options: Options): Promise<void> {
  if (options.out !== undefined) await makeFolder(options.out);
  const { train, test } = await loadDigits(options);
  manualSeed(options.seed);
  const loader = new DataLoader(train, { batchSize: options.batchSize, shuffle: true });
  const model = options.depth === 3 ? new DeeperNet() : new Net();
  const optimizer = new optim.SGD(model.parameters(), { lr: options.lr, momentum: options.momentum });

  const started = performance.now();
  const epochs: { epoch: number; loss: number; losses: number[] }[] = [];
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const progress = new Progress(`Epoch ${epoch}/${options.epochs}`, train.length, 'images');
    const losses = await trainEpoch(model, loader, optimizer, progress);
    progress.end();
    const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    console.log(`Epoch ${epoch}, Loss: ${loss.toFixed(4)}`);
    epochs.push({ epoch, loss, losses });
  }

  const seconds = (performance.now() - started) / 1000;
  const share = await accuracy(model, test);
  console.log(`Accuracy: ${(100 * share).toFixed(2)}% of ${test.length} test images`);
  console.log(`Time: ${seconds.toFixed(1)} s for training`);
  if (options.out !== undefined) {
    const path = await writeJson(options.out, 'mnist-cnn.json', {
      options,
      dataset: train.constructor.name,
      epochs,
      accuracy: share,
      seconds,
    });
    console.log(`Wrote ${path}`);
  }
}

await runMain(main);
