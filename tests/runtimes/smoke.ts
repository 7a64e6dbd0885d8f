import { conv2d, manualSeed, rand, randn, tensor } from '@retrograd/core';
import { DataLoader, StrokeDigits } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import * as optim from '@retrograd/optim';

/** Uses each package once; the lines on which all runtimes must agree. */
export async function smoke(): Promise<string[]> {
  manualSeed(0);
  const lines = [
    String(rand(4)),
    String(
      conv2d(
        randn(1, 1, 4, 4),
        tensor([
          [
            [
              [1, 0],
              [0, -1],
            ],
          ],
        ]),
      ),
    ),
  ];
  const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 10));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const loader = new DataLoader(new StrokeDigits({ size: 32 }), { batchSize: 16, shuffle: true });
  for await (const [images, labels] of loader) {
    optimizer.zeroGrad();
    const loss = new nn.CrossEntropyLoss().forward(model.forward(images), labels);
    loss.backward();
    optimizer.step();
    lines.push(loss.item().toFixed(4));
  }
  return lines;
}
