import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, DatasetError, IndexError, type Tensor } from '@retrograd/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultCollate } from './collate.ts';
import { CsvDataset } from './csv-dataset.ts';
import { DataLoader } from './data-loader.ts';

const text = 'size,kind,count,ok\n5.1,"set, osa",3,true\n-.5e1,virginica,-7,0\n+7,x,2147483647,FALSE\n';
const columns = { size: 'float64', kind: 'string', count: 'int32', ok: 'bool' } as const;

describe('CsvDataset', () => {
  it('has a dtype for each column', () => {
    const set = CsvDataset.parse(text, { columns });
    expect(set.length).toBe(3);
    expect(set.get(-1)).toEqual({ size: 7, kind: 'x', count: 2147483647, ok: 0 });
    expect(set.tensor('size').toArray()).toEqual([5.1, -5, 7]);
    expect(set.tensor('count').dtype).toBe('int32');
    expect(set.tensor('ok').toArray()).toEqual([true, false, false]);
    expect(set.columns.kind).toEqual(['set, osa', 'virginica', 'x']);
  });

  it('gathers a batch', () => {
    const set = CsvDataset.parse(text, { columns: { count: 'int32', kind: 'string' } });
    const [batch = {}] = new DataLoader(set, { batchSize: 2 });
    expect(batch.kind).toEqual(['set, osa', 'virginica']);
    expect((batch.count as Tensor).toArray()).toEqual([3, -7]);
    const rows = [2, -3];
    const [gathered, collated] = [set.getBatch(rows), defaultCollate(rows.map((row) => set.get(row)))];
    expect(gathered.kind).toEqual(collated.kind);
    expect((gathered.count as Tensor).toArray()).toEqual((collated.count as Tensor).toArray());
    expect(() => set.getBatch([3])).toThrow(IndexError);
  });

  it('has columns of float32 by default, and numbers for names where there is no header', () => {
    const set = CsvDataset.parse('1;2\n3;0.1\n', { header: false, delimiter: ';' });
    expect(Object.keys(set.columns)).toEqual(['0', '1']);
    expect(set.get(1)).toEqual({ 0: 3, 1: Math.fround(0.1) });
    const named = CsvDataset.parse('1,2', { header: ['x', 'y'], dtype: 'uint8' });
    expect([named.get(0), named.tensor('y').dtype]).toEqual([{ x: 1, y: 2 }, 'uint8']);
  });

  it('reads what is not finite, and takes what is missing for NaN if told to', () => {
    const set = CsvDataset.parse('x\ninf\n-Infinity\nnan\n  NA \n""\n', { missing: 'nan' });
    expect(set.tensor('x').toArray()).toEqual([Infinity, -Infinity, Number.NaN, Number.NaN, Number.NaN]);
    const other = CsvDataset.parse('x,y\n?,\n', { missing: 'nan', missingValues: ['?', ''] });
    expect(other.get(0)).toEqual({ x: Number.NaN, y: Number.NaN });
    expect(CsvDataset.parse('x,y\n,a\n', { columns: { x: 'string', y: 'string' } }).get(0).x).toBe('');
  });

  it.each([
    ['1,2\n3\n', {}, 'line 2: 1 fields; wanted 2'],
    ['a,b\n1,x\n', {}, 'line 2: "x" in column "b"; wanted float32'],
    ['a\n\n\n0x10', {}, 'line 4: "0x10"'],
    ['a\n1.5', { dtype: 'int32' }, '"1.5" in column "a"; wanted int32'],
    ['a\n2147483648', { dtype: 'int32' }, 'wanted int32'],
    ['a\n256', { dtype: 'uint8' }, 'wanted uint8'],
    ['a\nyes', { dtype: 'bool' }, 'wanted bool'],
    ['a\n""', {}, 'no value in column "a"; wanted float32. Say missing: \'nan\''],
    ['a\nNA', { dtype: 'int32', missing: 'nan' }, 'Read it as float32'],
    ['a,a\n', {}, 'the column "a" twice'],
    ['a\n1', { columns: { b: 'int32' } }, 'no column "b"'],
    ['a\n"1', {}, 'line 2: a quote that is never closed'],
    ['', {}, 'no text'],
  ] as const)('refuses %j with %j', (bad, options, message) => {
    expect(() => CsvDataset.parse(bad, options)).toThrow(DatasetError);
    expect(() => CsvDataset.parse(bad, options)).toThrow(message);
  });

  it.each([
    [{ dtype: 'int64' }],
    [{ columns: { a: 'number' } }],
    [{ columns: ['a'] }],
    [{ delimiter: ', ' }],
    [{ delimiter: '"' }],
    [{ header: 'a' }],
    [{ missing: 'zero' }],
    [{ missingValues: 'NA' }],
    [{ sep: ',' }],
    [null],
  ])('refuses the options %j', (options) => {
    expect(() => CsvDataset.parse('a\n1', options as object)).toThrow(ArgumentError);
  });

  it('has no columns but its own', () => {
    const set = CsvDataset.parse(text, { columns });
    for (const name of ['kind', 'none', 'toString'])
      expect(() => set.tensor(name)).toThrow('size, count, ok');
    const odd = CsvDataset.parse('__proto__,constructor\n1,2\n');
    expect(odd.tensor('constructor').toArray()).toEqual([2]);
    expect(odd.tensor('__proto__').toArray()).toEqual([1]);
  });
});

describe('CsvDataset.load', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'retrograd-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads a file that is larger than what is read at once', async () => {
    const path = join(folder, 'x.csv');
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},"é ""${i}"""`);
    writeFileSync(path, `\uFEFFn,name\r\n${rows.join('\r\n')}\r\n`);
    const set = await CsvDataset.load(path, { columns: { name: 'string', n: 'int32' } });
    expect([set.length, set.get(12_345), set.get(-1).name]).toEqual([
      20_000,
      { name: 'é "12345"', n: 12_345 },
      'é "19999"',
    ]);
  });

  it('says what is wrong with a file', async () => {
    const path = join(folder, 'x.csv');
    await expect(CsvDataset.load(path)).rejects.toThrow(DatasetError);
    await expect(CsvDataset.load(folder)).rejects.toThrow(DatasetError);
    writeFileSync(path, Uint8Array.of(0x61, 0x0a, 0xff));
    await expect(CsvDataset.load(path)).rejects.toThrow('UTF-8');
    writeFileSync(path, 'a,b\n1,2\n3\n');
    await expect(CsvDataset.load(path)).rejects.toThrow(`${path}, line 3: 1 fields`);
    await expect(CsvDataset.load(3 as unknown as string)).rejects.toThrow(ArgumentError);
  });
});
