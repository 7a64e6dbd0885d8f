/** Uses each package once and prints what a runtime must agree on. Run unbuilt by runtimes.test.ts. */
import { conv2d, manualSeed, rand, randn, tensor } from '@retrograd/core';
import { DataLoader, StrokeDigits } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import * as optim from '@retrograd/optim';

manualSeed(0);
console.log(String(rand(4)));
console.log(
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
);

const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 10));
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
const loader = new DataLoader(new StrokeDigits({ size: 32 }), { batchSize: 16, shuffle: true });
for await (const [images, labels] of loader) {
  optimizer.zeroGrad();
  const loss = new nn.CrossEntropyLoss().forward(model.forward(images), labels);
  loss.backward();
  optimizer.step();
  console.log(loss.item().toFixed(4));
}
