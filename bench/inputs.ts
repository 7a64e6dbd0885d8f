import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImageDataset, MissingFilesError, MNIST, StrokeDigits } from '@retrograd/datasets';
import type { ArraySpec, Inputs } from './peers/workload.ts';

/** Each array is a stretch of one endless, repeating noise; a prime length, so that no two rows of a matrix coincide. */
const noiseLength = 1_000_003;

/** Uniform in [-1, 1): D. Knuth and H. Lewis' quick and dirty generator (Numerical Recipes, 7.1). */
function makeNoise(): Float32Array<ArrayBuffer> {
  let state = 1;
  return Float32Array.from({ length: noiseLength }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** VGG16's convolutions by their output channels (K. Simonyan and A. Zisserman, 2014, table 1, D); 0 is a pooling. */
const vgg = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0];

type Shapes = Readonly<Record<string, readonly number[]>>;

const networks: Readonly<Record<string, { gain: number; shapes: Shapes }>> = {
  // PyTorch's default: uniform with bound 1/√fan-in.
  cnn: { gain: 1, shapes: { conv1: [16, 1, 3, 3], conv2: [32, 16, 3, 3], fc1: [10, 800] } },
  mlp: { gain: 1, shapes: { fc1: [256, 784], fc2: [10, 256] } },
  // √6/√fan-in keeps the scale through 15 layers of relu.
  vgg: { gain: Math.sqrt(6), shapes: vggShapes() },
};

function vggShapes(): Shapes {
  const channels = [3, ...vgg.filter((width) => width > 0)];
  const convs = channels.slice(1).map((width, i) => [`conv${i}`, [width, channels[i] as number, 3, 3]]);
  const linears = [
    [4096, 512 * 7 * 7],
    [4096, 4096],
    [1000, 4096],
  ].map((shape, i) => [`fc${i}`, shape]);
  return Object.fromEntries([...convs, ...linears]);
}

const operands: Shapes = {
  'step.images': [64, 1, 28, 28],
  'mlp.images': [64, 784],
  'vgg.image': [1, 3, 224, 224],
  ...Object.fromEntries([64, 512, 1024].flatMap((n) => ['a', 'b'].map((name) => [`${name}.${n}`, [n, n]]))),
  ...Object.fromEntries(['x', 'y', 'z'].map((name) => [`chain.${name}`, [1_000_000]])),
  ...Object.fromEntries(['a', 'b'].map((name) => [`tiny.${name}`, [4]])),
};

function arraySpecs(): Record<string, ArraySpec> {
  const specs: Record<string, ArraySpec> = {};
  let offset = 0;
  const enter = (name: string, shape: readonly number[], scale: number) => {
    specs[name] = { shape, offset, scale };
    offset = (offset + shape.reduce((a, b) => a * b, 1)) % noiseLength;
  };
  for (const [network, { gain, shapes }] of Object.entries(networks)) {
    for (const [layer, shape] of Object.entries(shapes)) {
      const scale = gain / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
      enter(`${network}.${layer}.weight`, shape, scale);
      enter(`${network}.${layer}.bias`, shape.slice(0, 1), network === 'vgg' ? 0 : scale);
    }
  }
  for (const [name, shape] of Object.entries(operands)) enter(name, shape, name === 'step.images' ? 4 : 1);
  return specs;
}

/** Writes what all peers read to a new folder, and says what the digits are. */
export async function writeInputs(limit: number): Promise<{ folder: string; digits: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'retrograd-bench-'));
  writeFileSync(join(folder, 'noise.f32'), makeNoise());
  const labels = Array.from({ length: 64 }, (_, i) => (7 * i + 3) % 10);
  const inputs: Inputs = { arrays: arraySpecs(), labels, vgg, seed: 5 };
  writeFileSync(join(folder, 'inputs.json'), JSON.stringify(inputs));
  return { folder, digits: await writeDigits(folder, limit) };
}

/** MNIST's files, with the first `limit` training images, where torchvision and `MNIST.load` look for them. */
async function writeDigits(folder: string, limit: number): Promise<string> {
  const raw = join(folder, 'MNIST', 'raw');
  mkdirSync(raw, { recursive: true });
  const train = await loadDigits(limit);
  const size = Math.min(limit, train.length);
  writeSplit(raw, 'train', train, size);
  // Nobody reads the test images, but torchvision wants to see them.
  writeSplit(raw, 't10k', train, 1);
  return `${size} images of ${train.constructor.name}`;
}

async function loadDigits(limit: number): Promise<ImageDataset> {
  try {
    return await MNIST.load({ download: false });
  } catch (error) {
    if (!(error instanceof MissingFilesError)) throw error;
    return new StrokeDigits({ size: Math.min(limit, 60_000), seed: 5 });
  }
}

function writeSplit(raw: string, prefix: string, { images, labels }: ImageDataset, size: number): void {
  // The IDX format: two zero bytes, the type (8 is uint8), the number of dims; then each size, big-endian.
  const header = (...sizes: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * sizes.length);
    bytes.set([0, 0, 8, sizes.length]);
    sizes.forEach((value, i) => {
      bytes.writeUInt32BE(value, 4 + 4 * i);
    });
    return bytes;
  };
  const pixels = Uint8Array.from(images.narrow(0, 0, size).data);
  const digits = Uint8Array.from(labels.narrow(0, 0, size).data);
  writeFileSync(join(raw, `${prefix}-images-idx3-ubyte`), Buffer.concat([header(size, 28, 28), pixels]));
  writeFileSync(join(raw, `${prefix}-labels-idx1-ubyte`), Buffer.concat([header(size), digits]));
}
