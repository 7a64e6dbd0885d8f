import { Generator, nodeLibrary, rand, tensor } from '@retrograd/core';
import { CsvDataset, DataLoader, ImageFolder } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import * as optim from '@retrograd/optim';

/** Writes and reads files of each kind; the lines on which all runtimes that have files must agree. */
export async function files(): Promise<string[]> {
  const library = nodeLibrary();
  if (library === undefined) throw new Error('no file system here');
  const { fs, os, path } = library;
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'retrograd-'));
  try {
    const each = [checkpoint, weights, table, images, refusals];
    const lines: string[] = [];
    for (const use of each) lines.push(...(await use((name) => path.join(folder, name), fs)));
    return lines;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

type At = (name: string) => string;
type Fs = NonNullable<ReturnType<typeof nodeLibrary>>['fs'];

/** A run that goes on from its checkpoint draws and moves as the one that was not cut off. */
async function checkpoint(at: At): Promise<string[]> {
  const start = () => {
    const model = new nn.Linear(3, 2);
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.1 });
    const generator = new Generator().manualSeed(1);
    const step = () => {
      optimizer.zeroGrad();
      model
        .forward(rand([4, 3], { generator }))
        .square()
        .sum()
        .backward();
      optimizer.step();
      return String(model.weight.detach());
    };
    return { model, optimizer, generator, step };
  };
  const [run, resumed] = [start(), start()];
  run.step();
  await nn.saveCheckpoint(at('run.ckpt'), { ...run, step: undefined, epoch: 1 });
  const { model, optimizer, generator } = resumed;
  const { epoch } = await nn.loadCheckpoint<{ epoch: number }>(at('run.ckpt'), {
    model,
    optimizer,
    generator,
  });
  return [`epoch ${epoch}`, `resumed ${run.step() === resumed.step()}`];
}

async function weights(at: At): Promise<string[]> {
  await nn.safetensors.saveFile(
    { a: tensor([1, 2]), b: tensor([3], { dtype: 'int32' }) },
    at('w.safetensors'),
  );
  const { a, b } = await nn.safetensors.loadFile(at('w.safetensors'));
  return [String(a), String(b)];
}

async function table(at: At, fs: Fs): Promise<string[]> {
  await fs.writeFile(at('t.csv'), 'x,kind\n1.5,a\n2.5,"b,c"\n');
  const rows = await CsvDataset.load(at('t.csv'), { columns: { x: 'float32', kind: 'string' } });
  return [JSON.stringify(rows.get(1)), String(rows.tensor('x'))];
}

async function images(at: At, fs: Fs): Promise<string[]> {
  for (const [name, grey] of [
    ['cat', 0],
    ['dog', 255],
  ] as const) {
    await fs.mkdir(at(name));
    await fs.writeFile(at(`${name}/1.raw`), new Uint8Array(12).fill(grey));
  }
  const decode = (bytes: Uint8Array) => ({ width: 2, height: 2, channels: 3 as const, data: bytes.slice() });
  const pets = await ImageFolder.load(at('.'), { extensions: ['.raw'], decode });
  const lines = [`${pets.classes}`];
  for await (const [image, label] of new DataLoader(pets, { batchSize: 2 }))
    lines.push(`${image.shape} ${image.mean().item()} ${label}`);
  return lines;
}

async function refusals(at: At): Promise<string[]> {
  const uses = [
    () => nn.safetensors.loadFile(at('nothing')),
    () => nn.saveCheckpoint(at('no/folder/x'), { epoch: 1 }),
    () => CsvDataset.load(at('nothing.csv')),
    () => ImageFolder.load(at('nowhere')),
  ];
  return Promise.all(uses.map((use) => use().then(String, (error: Error) => error.name)));
}
