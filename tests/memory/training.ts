import { manualSeed, randint, randn, type Tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import * as optim from '@retrograd/optim';

class Convolutions extends nn.Module {
  conv1 = new nn.Conv2d(1, 8, 3);
  conv2 = new nn.Conv2d(8, 8, 3);
  fc = new nn.Linear(72, 10);

  override forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.relu(this.conv2.forward(x));
    return this.fc.forward(x.flatten(1));
  }
}

/** Takes little time for the memory that it leaves behind. */
class Perceptron extends nn.Module {
  fc1 = new nn.Linear(144, 128);
  fc2 = new nn.Linear(128, 10);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(F.relu(this.fc1.forward(x.flatten(1))));
  }
}

const networks = { Convolutions, Perceptron };
export type Network = keyof typeof networks;

/** A small network and a batch of noise for it; the same for all who ask for the same. */
export function smallTraining(network: Network, batch: number) {
  manualSeed(3);
  const images = randn(batch, 1, 12, 12);
  const labels = randint(0, 10, [batch]);
  const model = new networks[network]();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.02, momentum: 0.5 });
  const criterion = new nn.CrossEntropyLoss();

  /** One step of training; gives its loss. */
  function step(): number {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(images), labels);
    loss.backward();
    optimizer.step();
    return loss.item();
  }

  const parameters = (): number[] => [...model.parameters()].flatMap(({ data }) => [...data]);
  return { step, parameters };
}
