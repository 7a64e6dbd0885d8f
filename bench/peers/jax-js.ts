import { blockUntilReady, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import manifest from '../package.json' with { type: 'json' };
import {
  digitBatches,
  fifthLoss,
  Mean,
  type NamedArray,
  type OpenPeer,
  type Peer,
  sumOfMagnitudes,
  Unavailable,
  type Work,
  type Workload,
} from './workload.ts';

// In jax-js a function consumes its arguments: `.ref` keeps what is needed again.

/** Its wasm backend, jitted, and with threads, for which web-workers.ts must have been loaded before. */
export const openPeer: OpenPeer = async (workload, threads) => {
  if (!(await init('wasm')).includes('wasm')) throw new Unavailable('its wasm backend does not start');
  return { version: manifest.dependencies['@jax-js/jax'], threads, works: works(workload) };
};

type Params = Record<string, np.Array>;

function conv2d(x: np.Array, w: np.Array, padding: number): np.Array {
  return lax.convGeneralDilated(
    x,
    w,
    [1, 1],
    [
      [padding, padding],
      [padding, padding],
    ],
  );
}

/** The bias of channels is added to (N, C, H, W). */
function channelBias(bias: np.Array): np.Array {
  return bias.reshape([1, -1, 1, 1]);
}

function pooled(x: np.Array): np.Array {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [rows, columns] = [Math.floor(h / 2), Math.floor(w / 2)];
  const even = h % 2 === 0 && w % 2 === 0 ? x : x.slice([], [], [0, 2 * rows], [0, 2 * columns]);
  return np.max(even.reshape([n, c, rows, 2, columns, 2]), [3, 5]);
}

function linear(x: np.Array, w: np.Array, bias: np.Array): np.Array {
  return np.matmul(x, np.transpose(w)).add(bias);
}

const take = (params: Params, name: string): np.Array => params[name] as np.Array;

function cnn(params: Params, images: np.Array): np.Array {
  const conv = (x: np.Array, layer: string) =>
    conv2d(x, take(params, `${layer}.weight`), 0).add(channelBias(take(params, `${layer}.bias`)));
  const first = pooled(nn.relu(conv(images, 'conv1')));
  const second = pooled(nn.relu(conv(first, 'conv2')));
  const [n] = second.shape as [number];
  return linear(second.reshape([n, 800]), take(params, 'fc1.weight'), take(params, 'fc1.bias'));
}

function mlp(params: Params, images: np.Array): np.Array {
  const hidden = nn.relu(linear(images, take(params, 'fc1.weight'), take(params, 'fc1.bias')));
  return linear(hidden, take(params, 'fc2.weight'), take(params, 'fc2.bias'));
}

type Net = typeof cnn;

function works(workload: Workload): Peer['works'] {
  const arrayOf = ({ data, shape }: NamedArray) => np.array(data).reshape(shape);
  const array = (name: string) => arrayOf(workload.array(name));
  const weights = (network: string): Params =>
    Object.fromEntries(workload.weights(network).map(([name, given]) => [name, arrayOf(given)]));
  const labels = () => np.array([...workload.inputs.labels], { dtype: np.int32 });

  /** One step of SGD with momentum: the loss, the new weights and the new velocities. */
  function trainer(net: Net, momentum: number) {
    const lossOf = (params: Params, x: np.Array, wanted: np.Array) =>
      np.negative(np.mean(np.sum(nn.logSoftmax(net(params, x), -1).mul(nn.oneHot(wanted, 10)), -1)));
    return jit(
      (params: Params, velocity: Params, x: np.Array, wanted: np.Array): [np.Array, Params, Params] => {
        const [loss, gradient] = valueAndGrad(lossOf)(tree.ref(params), x, wanted) as [np.Array, Params];
        const moved = Object.fromEntries(
          Object.entries(velocity).map(([name, v]) => [name, v.mul(momentum).add(take(gradient, name))]),
        );
        const updated = Object.fromEntries(
          Object.entries(params).map(([name, w]) => [name, w.sub(take(moved, name).ref.mul(0.01))]),
        );
        return [loss, updated, moved];
      },
    );
  }

  function training(net: Net, network: string, momentum: number) {
    const update = trainer(net, momentum);
    let params = weights(network);
    let velocity: Params = Object.fromEntries(
      Object.entries(params).map(([name, w]) => [name, np.zeros(w.shape)]),
    );
    const step = async (x: np.Array, wanted: np.Array): Promise<number> => {
      const [loss, updated, moved] = update(params, velocity, x, wanted) as [np.Array, Params, Params];
      params = updated;
      velocity = moved;
      await blockUntilReady([params, velocity]);
      return (await loss.data())[0] as number;
    };
    const dispose = () => {
      tree.dispose([params, velocity]);
      update.dispose();
    };
    return { step, dispose };
  }

  async function trained(net: Net, network: string, images: string): Promise<Work> {
    const { step, dispose } = training(net, network, 0);
    const [x, wanted] = [array(images), labels()];
    const call = () => step(x.ref, wanted.ref);
    return { call, check: await fifthLoss(call), dispose };
  }

  async function withoutGradient(forward: () => np.Array, dispose?: () => void): Promise<Work> {
    const call = async () => {
      const result = forward();
      await result.blockUntilReady();
      result.dispose();
    };
    return { call, check: sumOfMagnitudes(await forward().data()), ...(dispose && { dispose }) };
  }

  function inference(batch: number): Promise<Work> {
    const params = weights('cnn');
    const x = array('step.images').slice([0, batch]);
    const forward = jit(cnn);
    return withoutGradient(() => forward(tree.ref(params), x.ref));
  }

  function product(n: number): Promise<Work> {
    const [a, b] = [array(`a.${n}`), array(`b.${n}`)];
    return withoutGradient(() => np.matmul(a.ref, b.ref));
  }

  const chained = (x: np.Array, y: np.Array, z: np.Array) => np.tanh(x).mul(y).add(z);

  function chainForward(): Promise<Work> {
    const [x, y, z] = [array('chain.x'), array('chain.y'), array('chain.z')];
    const forward = jit(chained);
    return withoutGradient(() => forward(x.ref, y.ref, z.ref));
  }

  async function chain(): Promise<Work> {
    const [x, y, z] = [array('chain.x'), array('chain.y'), array('chain.z')];
    const summed = (x: np.Array, y: np.Array, z: np.Array) => np.sum(chained(x, y, z));
    const gradients = jit((x: np.Array, y: np.Array, z: np.Array) => {
      const [sum, [dx, dy, dz]] = valueAndGrad(summed, { argnums: [0, 1, 2] })(x, y, z);
      return [sum, dx, dy, dz] as [np.Array, np.Array, np.Array, np.Array];
    });
    const call = async () => {
      const results = gradients(x.ref, y.ref, z.ref);
      await blockUntilReady(results);
      tree.dispose(results);
    };
    const [, dx] = gradients(x.ref, y.ref, z.ref);
    return { call, check: sumOfMagnitudes(await dx.data()) };
  }

  /** Each result is waited for: jax-js does nothing for one that is never asked for. */
  function tiny(): Work {
    const [a, b] = [array('tiny.a'), array('tiny.b')];
    const call = async () => {
      for (let i = 0; i < 100; i++) {
        const result = a.ref.add(b.ref);
        await result.blockUntilReady();
        result.dispose();
      }
    };
    return { call, repeat: 100 };
  }

  function vgg16(): Promise<Work> {
    const params = weights('vgg');
    const image = array('vgg.image');
    const forward = jit((params: Params, image: np.Array) => {
      let [x, layer] = [image, 0];
      for (const width of workload.inputs.vgg) {
        if (width === 0) {
          x = pooled(x);
          continue;
        }
        const name = `conv${layer++}`;
        x = conv2d(x, take(params, `${name}.weight`), 1);
        x = nn.relu(x.add(channelBias(take(params, `${name}.bias`))));
      }
      x = x.reshape([1, -1]);
      for (const name of ['fc0', 'fc1', 'fc2']) {
        x = linear(x, take(params, `${name}.weight`), take(params, `${name}.bias`));
        if (name !== 'fc2') x = nn.relu(x);
      }
      return x;
    });
    return withoutGradient(
      () => forward(tree.ref(params), image.ref),
      () => tree.dispose(params),
    );
  }

  /** It has no loader: batches are put together in plain JavaScript. */
  function epoch(): Work {
    let mean = new Mean();
    const call = async () => {
      const { step, dispose } = training(cnn, 'cnn', 0.9);
      mean = new Mean();
      for (const { pixels, labels } of digitBatches(workload)) {
        const x = np.array(pixels).reshape([labels.length, 1, 28, 28]);
        mean.add(await step(x, np.array([...labels], { dtype: np.int32 })));
      }
      dispose();
    };
    return { call };
  }

  return {
    step: () => trained(cnn, 'cnn', 'step.images'),
    mlp: () => trained(mlp, 'mlp', 'mlp.images'),
    'inference-1': () => inference(1),
    'inference-64': () => inference(64),
    'matmul-512': () => product(512),
    'matmul-1024': () => product(1024),
    'chain-forward': chainForward,
    chain,
    tiny,
    cold: () => ({ call: async () => (await np.matmul(np.ones([64, 64]), np.ones([64, 64])).data())[0] }),
    vgg16,
    epoch,
  };
}
