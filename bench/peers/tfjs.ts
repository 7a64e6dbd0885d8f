import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
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

// TensorFlow.js knows images as (N, H, W, C) and kernels as (H, W, I, O) only; the inputs are turned once, at the start.

/** Its backend is what TFJS_BACKEND says: it uses one thread in Node. */
export const openPeer: OpenPeer = async (workload) => {
  const backend = process.env.TFJS_BACKEND ?? 'wasm';
  if (!(await tf.setBackend(backend))) throw new Unavailable(`its ${backend} backend does not start`);
  await tf.ready();
  const note = 'filter gradients written by hand';
  return { version: tf.version_core, threads: 1, note, works: works(workload) };
};

type Layer = readonly [weight: tf.Tensor, bias: tf.Tensor];

/**
 * The gradient of a valid convolution's kernel, itself a convolution: of the input by the cotangent, batch and channels
 * exchanged. The wasm backend has no Conv2DBackpropFilter of its own.
 */
function kernelGradient(dy: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
  const xByChannel: tf.Tensor4D = tf.transpose(x, [3, 1, 2, 0]);
  const dyAsKernel: tf.Tensor4D = tf.transpose(dy, [1, 2, 0, 3]);
  return tf.transpose(tf.conv2d(xByChannel, dyAsKernel, 1, 'valid'), [1, 2, 0, 3]);
}

/** A valid convolution of the images themselves, which want no gradient. */
function firstConv2d(images: tf.Tensor4D, w: tf.Tensor4D): tf.Tensor4D {
  const convolution = tf.customGrad((kernel) => ({
    value: tf.conv2d(images, kernel as tf.Tensor4D, 1, 'valid'),
    gradFunc: (dy: tf.Tensor) => kernelGradient(dy as tf.Tensor4D, images),
  }));
  return convolution(w) as tf.Tensor4D;
}

const conv2d = tf.customGrad((...args) => {
  const [x, w, save] = args as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
  save([x, w]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [x, w] = saved as [tf.Tensor4D, tf.Tensor4D];
    const cotangent = dy as tf.Tensor4D;
    return [tf.conv2dTranspose(cotangent, w, x.shape, 1, 'valid'), kernelGradient(cotangent, x)];
  };
  return { value: tf.conv2d(x, w, 1, 'valid'), gradFunc };
});

const pooled = (x: tf.Tensor4D) => tf.maxPool(x, 2, 2, 'valid');

function cnn(images: tf.Tensor, [w1, b1, w2, b2, w3, b3]: readonly tf.Tensor[]): tf.Tensor2D {
  let x = images as tf.Tensor4D;
  x = pooled(tf.relu(tf.add(firstConv2d(x, w1 as tf.Tensor4D), b1 as tf.Tensor)));
  x = pooled(tf.relu(tf.add(conv2d(x, w2 as tf.Tensor), b2 as tf.Tensor)) as tf.Tensor4D);
  return tf.add(tf.matMul(tf.reshape(x, [-1, 800]), w3 as tf.Tensor), b3 as tf.Tensor);
}

function mlp(images: tf.Tensor, [w1, b1, w2, b2]: readonly tf.Tensor[]): tf.Tensor2D {
  const hidden = tf.relu(tf.add(tf.matMul(images, w1 as tf.Tensor), b1 as tf.Tensor));
  return tf.add(tf.matMul(hidden, w2 as tf.Tensor), b2 as tf.Tensor);
}

function works(workload: Workload): Peer['works'] {
  const tensorOf = ({ data, shape }: NamedArray) => tf.tensor(data, shape);
  const array = (name: string) => tensorOf(workload.array(name));
  const images = (name: string): tf.Tensor => tf.transpose(array(name), [0, 2, 3, 1]);

  /** A network's weights in its layout. `map` is the (C, H, W) that the first linear layer finds flattened. */
  function weights(network: string, map?: readonly [number, number, number]): tf.Tensor[] {
    let behind = map;
    return workload.weights(network).map(([, { data, shape }]) => {
      const given = tf.tensor(data, shape);
      if (shape.length === 4) return tf.transpose(given, [2, 3, 1, 0]);
      if (shape.length === 1) return given;
      if (behind === undefined) return tf.transpose(given);
      const [c, h, w] = behind;
      behind = undefined;
      const byPixel = tf.transpose(tf.reshape(given, [-1, c, h, w]), [2, 3, 1, 0]);
      return tf.reshape(byPixel, [c * h * w, -1]);
    });
  }

  /** Frees what a work has set up. */
  function scoped(make: () => Work | Promise<Work>): () => Promise<Work> {
    return async () => {
      tf.engine().startScope();
      const dispose = () => {
        tf.engine().endScope();
        tf.disposeVariables();
      };
      return { ...(await make()), dispose };
    };
  }

  type Net = typeof cnn | typeof mlp;

  function trainer(net: Net, initial: tf.Tensor[], optimizer: tf.Optimizer) {
    const variables = initial.map((weight) => tf.variable(weight));
    return (x: tf.Tensor, labels: tf.Tensor1D): number => {
      const wanted = tf.oneHot(labels, 10);
      const lossOf = () => tf.losses.softmaxCrossEntropy(wanted, net(x, variables)) as tf.Scalar;
      const loss = optimizer.minimize(lossOf, true, variables) as tf.Scalar;
      const [value] = loss.dataSync();
      tf.dispose([wanted, loss]);
      return value as number;
    };
  }

  async function trained(net: Net, initial: tf.Tensor[], x: tf.Tensor): Promise<Work> {
    const step = trainer(net, initial, tf.train.sgd(0.01));
    const labels = tf.tensor1d([...workload.inputs.labels], 'int32');
    const call = () => step(x, labels);
    return { call, check: await fifthLoss(call) };
  }

  function withoutGradient(forward: () => tf.Tensor): Work {
    const call = () => forward().dispose();
    return { call: () => tf.tidy(call), check: sumOfMagnitudes(forward().dataSync()) };
  }

  function inference(batch: number): Work {
    const initial = weights('cnn', [32, 5, 5]);
    const x = tf.slice(images('step.images'), 0, batch);
    return withoutGradient(() => cnn(x, initial));
  }

  function product(n: number): Work {
    const [a, b] = [array(`a.${n}`), array(`b.${n}`)];
    return withoutGradient(() => tf.matMul(a, b));
  }

  const chained = (x: tf.Tensor, y: tf.Tensor, z: tf.Tensor) => tf.add(tf.mul(tf.tanh(x), y), z);

  function chainForward(): Work {
    const [x, y, z] = [array('chain.x'), array('chain.y'), array('chain.z')];
    return withoutGradient(() => chained(x, y, z));
  }

  function chain(): Work {
    const leaves = [array('chain.x'), array('chain.y'), array('chain.z')];
    const gradients = tf.grads((x, y, z) => tf.sum(chained(x as tf.Tensor, y as tf.Tensor, z as tf.Tensor)));
    const call = () => tf.dispose(gradients(leaves));
    const [dx] = gradients(leaves) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { call: () => tf.tidy(call), check: sumOfMagnitudes(dx.dataSync()) };
  }

  function tiny(): Work {
    const [a, b] = [array('tiny.a'), array('tiny.b')];
    const call = () => {
      for (let i = 0; i < 1000; i++) tf.add(a, b).dispose();
    };
    return { call, repeat: 1000 };
  }

  function vgg16(): Work {
    const pairs = weights('vgg', [512, 7, 7]);
    const layers = Array.from(
      { length: pairs.length / 2 },
      (_, i) => [pairs[2 * i], pairs[2 * i + 1]] as unknown as Layer,
    );
    const image = images('vgg.image');
    return withoutGradient(() => {
      let [x, at] = [image as tf.Tensor, 0];
      for (const width of workload.inputs.vgg) {
        if (width === 0) {
          x = pooled(x as tf.Tensor4D);
          continue;
        }
        const [w, bias] = layers[at++] as Layer;
        x = tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          bias,
          activation: 'relu',
        });
      }
      x = tf.reshape(x, [1, -1]);
      for (const [w, bias] of layers.slice(at)) {
        x = tf.add(tf.matMul(x, w), bias);
        if (w.shape[1] === 4096) x = tf.relu(x);
      }
      return x;
    });
  }

  /** It has no loader that shuffles arrays: batches are put together in plain JavaScript. */
  function epoch(): Work {
    const initial = weights('cnn', [32, 5, 5]);
    let mean = new Mean();
    const call = () => {
      const step = trainer(cnn, initial, tf.train.momentum(0.01, 0.9));
      mean = new Mean();
      for (const { pixels, labels } of digitBatches(workload)) {
        const x = tf.tensor4d(pixels, [labels.length, 28, 28, 1]);
        const wanted = tf.tensor1d(Int32Array.from(labels), 'int32');
        mean.add(step(x, wanted));
        tf.dispose([x, wanted]);
      }
    };
    return { call };
  }

  const all: Peer['works'] = {
    step: () => trained(cnn, weights('cnn', [32, 5, 5]), images('step.images')),
    mlp: () => trained(mlp, weights('mlp'), array('mlp.images')),
    'inference-1': () => inference(1),
    'inference-64': () => inference(64),
    'matmul-512': () => product(512),
    'matmul-1024': () => product(1024),
    'chain-forward': chainForward,
    chain,
    tiny,
    cold: () => ({ call: () => tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync()[0] }),
    vgg16,
    epoch,
  };
  return Object.fromEntries(Object.entries(all).map(([name, make]) => [name, scoped(make)]));
}
