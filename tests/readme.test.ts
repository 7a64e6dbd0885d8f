import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Among the tests, where packages are found and compiler options are those of the project. */
const folder = mkdtempSync(join(root, 'tests', 'readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a sample takes as given, and what it says of itself. */
interface Setting {
  readonly before?: string;
  readonly prints?: RegExp;
}

const imports = `
import { manualSeed, rand, randint, type Tensor } from '@retrograd/core';
import { DataLoader, TensorDataset } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import * as optim from '@retrograd/optim';
`;
const digits = 'const train = new TensorDataset(rand(96, 1, 28, 28), randint(10, [96]));';
const training = `
${digits}
const loader = new DataLoader(train, { batchSize: 32 });
const model = new nn.Sequential(new nn.Conv2d(1, 2, 9), new nn.ReLU(), new nn.Flatten(), new nn.Linear(800, 10));
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
const [images, labels] = [rand(8, 1, 28, 28), randint(10, [8])];
function step(images: Tensor, labels: Tensor): Tensor {
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(images), labels);
  loss.backward();
  optimizer.step();
  return loss;
}
`;

const settings: Readonly<Record<string, Setting>> = {
  'Ten lines': { prints: /^tensor\(\[1\., 1\.\], requiresGrad=true\)\n$/ },
  'A model beside its PyTorch twin': { before: imports + digits },
  'Checking gradients': {},
  'Seeing it': { before: imports + training, prints: /^Epoch 5.*^Picture saved.*^correlate \(backward\)/ms },
};

/** The samples by the headings that they stand under. */
function samples(): Map<string, string> {
  const found = new Map<string, string>();
  for (const section of readFileSync(join(root, 'README.md'), 'utf8').split(/^## /m)) {
    const [, code] = /^```ts\n(.*?)^```$/ms.exec(section) ?? [];
    if (code !== undefined) found.set(section.slice(0, section.indexOf('\n')), code);
  }
  return found;
}

/** What TypeScript has to say about files. */
function complaints(files: readonly string[]): string {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(files, { ...options, noUnusedLocals: false });
  const found = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
  return ts.formatDiagnostics(found, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  });
}

describe('README', () => {
  const found = samples();
  const files = new Map(
    Object.entries(settings).map(([heading, { before = '' }]) => {
      const file = join(folder, `${heading.replaceAll(' ', '-')}.ts`);
      writeFileSync(file, `${before}\n${found.get(heading)}\nexport {};\n`);
      return [heading, file];
    }),
  );

  it('has samples under the headings that are known here', () => {
    expect([...found.keys()]).toEqual(Object.keys(settings));
  });

  it('has samples that compile', () => expect(complaints([...files.values()])).toBe(''));

  it.each(Object.entries(settings))('%s: the sample runs', (heading, { prints = /^/ }) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', files.get(heading) ?? ''],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(prints);
  });
});
