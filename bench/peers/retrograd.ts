import * as core from '@retrograd/core';
import { DataLoader, MNIST } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import * as optim from '@retrograd/optim';
import manifest from '../../packages/core/package.json' with { type: 'json' };
import {
  fifthLoss,
  Mean,
  type OpenPeer,
  type Peer,
  sumOfMagnitudes,
  Unavailable,
  type Work,
  type Workload,
} from './workload.ts';

const { fromTypedArray, manualSeed, matmul, noGrad, ones, tanh } = core;
type Tensor = core.Tensor;

class Cnn extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3);
  conv2 = new nn.Conv2d(16, 32, 3);
  fc1 = new nn.Linear(800, 10);

  override forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    return this.fc1.forward(x.flatten(1));
  }
}

class Mlp extends nn.Module {
  fc1 = new nn.Linear(784, 256);
  fc2 = new nn.Linear(256, 10);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(F.relu(this.fc1.forward(x)));
  }
}

/** Looked for rather than imported, so that older versions can be measured too. */
const { setNumThreads, synchronize } = core as {
  setNumThreads?: (threads: number) => void;
  synchronize?: () => void;
};

export const openPeer: OpenPeer = (workload, threads) => {
  if (setNumThreads === undefined && threads > 1)
    throw new Unavailable('this version runs on one thread only');
  setNumThreads?.(threads);
  return { version: manifest.version, threads, works: works(workload) };
};

function works(workload: Workload): Peer['works'] {
  const array = (name: string, requiresGrad = false): Tensor => {
    const { data, shape } = workload.array(name);
    return fromTypedArray(data, shape, 'float32', requiresGrad);
  };
  const state = (network: string): Record<string, Tensor> =>
    Object.fromEntries(workload.weights(network).map(([name]) => [name, array(`${network}.${name}`)]));

  async function trained(model: Cnn | Mlp, images: Tensor): Promise<Work> {
    const labels = core.tensor([...workload.inputs.labels], { dtype: 'int32' });
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
    const criterion = new nn.CrossEntropyLoss();
    const call = () => {
      optimizer.zeroGrad();
      const loss = criterion.forward(model.forward(images), labels);
      loss.backward();
      optimizer.step();
      return loss.item();
    };
    return { call, check: await fifthLoss(call) };
  }

  function loaded<Model extends nn.Module>(model: Model, network: string): Model {
    model.loadStateDict(state(network));
    return model;
  }

  function withoutGradient(forward: () => Tensor): Work {
    const call = () => {
      const out = noGrad(forward);
      synchronize?.();
      return out;
    };
    return { call, check: sumOfMagnitudes(call().data) };
  }

  function inference(batch: number): Work {
    const model = loaded(new Cnn(), 'cnn');
    const images = array('step.images').narrow(0, 0, batch).clone();
    return withoutGradient(() => model.forward(images));
  }

  function product(n: number): Work {
    const [a, b] = [array(`a.${n}`), array(`b.${n}`)];
    return withoutGradient(() => matmul(a, b));
  }

  function chainForward(): Work {
    const [x, y, z] = [array('chain.x'), array('chain.y'), array('chain.z')];
    return withoutGradient(() => tanh(x).mul(y).add(z));
  }

  function chain(): Work {
    const [x, y, z] = [array('chain.x', true), array('chain.y', true), array('chain.z', true)];
    const call = () => {
      for (const leaf of [x, y, z]) leaf.grad = null;
      tanh(x).mul(y).add(z).sum().backward();
      synchronize?.();
    };
    call();
    return { call, check: sumOfMagnitudes((x.grad as Tensor | null)?.data ?? []) };
  }

  function tiny(tape: boolean): Work {
    const [a, b] = [array('tiny.a', tape), array('tiny.b', tape)];
    const call = () => {
      for (let i = 0; i < 1000; i++) a.add(b);
      synchronize?.();
    };
    return { call, repeat: 1000 };
  }

  function vgg16(): Work {
    const weights = state('vgg');
    const image = array('vgg.image');
    const of = (layer: string) => [weights[`${layer}.weight`], weights[`${layer}.bias`]] as [Tensor, Tensor];
    return withoutGradient(() => {
      let [x, layer] = [image, 0];
      for (const width of workload.inputs.vgg) {
        if (width === 0) x = F.maxPool2d(x, 2);
        else x = F.relu(F.conv2d(x, ...of(`conv${layer++}`), { padding: 1 }));
      }
      x = F.relu(F.linear(x.flatten(1), ...of('fc0')));
      x = F.relu(F.linear(x, ...of('fc1')));
      return F.linear(x, ...of('fc2'));
    });
  }

  /** What examples/mnist-cnn.ts does. */
  async function epoch(): Promise<Work> {
    const train = await MNIST.load({ root: workload.folder, download: false });
    let mean = new Mean();
    const call = async () => {
      manualSeed(workload.inputs.seed);
      const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
      const model = new Cnn();
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
      const criterion = new nn.CrossEntropyLoss();
      mean = new Mean();
      for await (const [images, labels] of loader) {
        optimizer.zeroGrad();
        const loss = criterion.forward(model.forward(images), labels);
        loss.backward();
        optimizer.step();
        mean.add(loss.item());
      }
    };
    return { call, check: () => mean.value };
  }

  return {
    step: () => trained(loaded(new Cnn(), 'cnn'), array('step.images')),
    mlp: () => trained(loaded(new Mlp(), 'mlp'), array('mlp.images')),
    'inference-1': () => inference(1),
    'inference-64': () => inference(64),
    'matmul-512': () => product(512),
    'matmul-1024': () => product(1024),
    'chain-forward': chainForward,
    chain,
    tiny: () => tiny(false),
    'tiny-tape': () => tiny(true),
    cold: () => ({ call: () => matmul(ones(64, 64), ones(64, 64)).data[0] }),
    vgg16,
    epoch,
  };
}
