import { ArgumentError, checkOptions, DatasetError, Tensor } from '@retrograd/core';
import { csvError, csvParser } from './csv.ts';
import { type Column, type ColumnType, columnOf, columnTypes } from './csv-columns.ts';
import { Dataset } from './dataset.ts';
import { type Indices, indexVector, positionOf, positionsOf } from './indices.ts';
import { checkChoice } from './options.ts';
import { openPlatform } from './platform.ts';

export interface CsvOptions {
  /** The columns to read, by name, and what is in each. Default: all of them, as `dtype`. */
  readonly columns?: Readonly<Record<string, ColumnType>> | undefined;
  /** What is in the columns where `columns` is not given. Default `'float32'`. */
  readonly dtype?: ColumnType | undefined;
  /** Whether the first record names the columns, or what their names are. Default `true`. */
  readonly header?: boolean | readonly string[] | undefined;
  /** The character between fields. Default `','`. */
  readonly delimiter?: string | undefined;
  /** Whether a missing number is an error or, among floats, NaN. Default `'error'`. */
  readonly missing?: 'error' | 'nan' | undefined;
  /** What stands for a missing number, but for spaces around it. Default: nothing at all, and `'NA'`. */
  readonly missingValues?: readonly string[] | undefined;
}

const knownOptions = ['columns', 'dtype', 'header', 'delimiter', 'missing', 'missingValues'];

/** A row by the names of its columns: numbers (0 and 1 for `bool`) and texts. */
export type CsvRow = Record<string, number | string>;

/** Rows by the names of their columns: tensors `(N,)` and lists of texts. */
export type CsvBatch = Record<string, Tensor | string[]>;

/**
 * The rows of a CSV file (RFC 4180: fields in quotes may hold delimiters, quotes and lines). An item is a row; a batch is
 * gathered column by column. `columns` holds the whole table.
 *
 * @example
 * ```ts
 * const iris = await CsvDataset.load('iris.csv', { columns: { sepal: 'float32', petal: 'float32', kind: 'string' } });
 * iris.get(0); // { sepal: 5.1, petal: 1.4, kind: 'setosa' }
 * const x = stack([iris.tensor('sepal'), iris.tensor('petal')], 1); // (N, 2)
 * ```
 */
export class CsvDataset extends Dataset<CsvRow, CsvBatch> {
  readonly length: number;
  readonly columns: Readonly<CsvBatch>;
  readonly #lists: readonly (readonly [name: string, values: ArrayLike<number | string>])[];

  private constructor(columns: CsvBatch, length: number) {
    super();
    this.length = length;
    this.columns = columns;
    this.#lists = Object.entries(columns).map(([name, values]) => [
      name,
      values instanceof Tensor ? values.data : values,
    ]);
  }

  /**
   * Reads a file (UTF-8), piece by piece.
   *
   * @throws DatasetError for a file that cannot be read, or that holds something else than it should (the message names
   * the line); ArgumentError for options that make no sense
   */
  static async load(path: string, options: CsvOptions = {}): Promise<CsvDataset> {
    if (typeof path !== 'string')
      throw new ArgumentError({
        op: 'CsvDataset.load',
        got: `path of type ${typeof path}`,
        want: 'a string',
      });
    const table = tableReader(path, options);
    const platform = await openPlatform();
    if (platform === undefined) {
      const fix = 'Fetch the text and give it to CsvDataset.parse(text).';
      throw new DatasetError({
        op: 'CSV',
        got: `${path}, and no file system`,
        want: 'Node, Deno or Bun',
        fix,
      });
    }
    try {
      const file = await platform.fs.open(path);
      const decoder = new TextDecoder('utf-8', { fatal: true });
      for await (const chunk of file.createReadStream()) table.push(decoder.decode(chunk, { stream: true }));
      table.push(decoder.decode());
    } catch (cause) {
      if (cause instanceof DatasetError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DatasetError({ op: 'CSV', got: `${path} (${reason})`, want: 'a file of UTF-8 text', cause });
    }
    return CsvDataset.#of(table);
  }

  /**
   * Reads a text.
   *
   * @throws as `load`
   */
  static parse(text: string, options: CsvOptions = {}): CsvDataset {
    if (typeof text !== 'string')
      throw new ArgumentError({ op: 'CsvDataset.parse', got: typeof text, want: 'a string' });
    const table = tableReader('text', options);
    table.push(text.replace(/^\uFEFF/, ''));
    return CsvDataset.#of(table);
  }

  static #of(table: TableReader): CsvDataset {
    const { columns, length } = table.end();
    return new CsvDataset(Object.fromEntries(columns.map(({ name, values }) => [name, values()])), length);
  }

  get(index: number): CsvRow {
    const at = positionOf('CsvDataset', index, this.length);
    return Object.fromEntries(this.#lists.map(([name, values]) => [name, values[at] as number | string]));
  }

  override getBatch(indices: Indices): CsvBatch {
    const at = indexVector('CsvDataset', indices, this.length);
    const positions = positionsOf('CsvDataset', indices, this.length);
    const take = (values: Tensor | string[]) =>
      values instanceof Tensor
        ? values.indexSelect(0, at)
        : Array.from(positions, (position) => values[position] as string);
    return Object.fromEntries(Object.entries(this.columns).map(([name, values]) => [name, take(values)]));
  }

  /** A column of numbers, `(N,)`. @throws ArgumentError when there is none of that name */
  tensor(name: string): Tensor {
    const values = Object.hasOwn(this.columns, name) ? this.columns[name] : undefined;
    if (values instanceof Tensor) return values;
    const names = Object.keys(this.columns).filter((key) => this.columns[key] instanceof Tensor);
    throw new ArgumentError({
      op: 'CsvDataset.tensor',
      got: `the column ${String(name)}`,
      want: `a column of numbers: ${names.join(', ') || 'there is none'}`,
    });
  }
}

interface TableReader {
  readonly push: (text: string) => void;
  readonly end: () => { columns: readonly Column[]; length: number };
}

/** Takes the text of a table piece by piece, and gives its columns at the end. */
function tableReader(source: string, options: CsvOptions): TableReader {
  checkCsvOptions(options);
  const { header = true, delimiter = ',' } = options;
  let layout = typeof header === 'boolean' ? undefined : layoutOf(source, header, 1, options);
  let length = 0;
  const parser = csvParser(source, delimiter, (fields, line) => {
    if (layout === undefined) {
      layout = layoutOf(source, header ? fields : fields.map((_, i) => String(i)), line, options);
      if (header) return;
    }
    const { width, columns } = layout;
    if (fields.length !== width)
      throw csvError(source, line, `${fields.length} fields`, `${width}, as in the lines before`);
    for (const [column, place] of columns) column.add(fields[place] as string, line);
    length++;
  });
  return {
    push: parser.push,
    end: () => {
      parser.end();
      if (layout === undefined) throw csvError(source, 1, 'no text', header ? 'a header' : 'a record');
      return { columns: layout.columns.map(([column]) => column), length };
    },
  };
}

/** The columns to be read and their places in a record, and how many fields a record has. */
function layoutOf(source: string, names: readonly string[], line: number, options: CsvOptions) {
  const { columns, dtype = 'float32', missing = 'error', missingValues = ['', 'NA'] } = options;
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw csvError(source, line, `the column ${JSON.stringify(twice)} twice`, 'a name for each');
  const wanted = columns ?? Object.fromEntries(names.map((name) => [name, dtype]));
  return {
    width: names.length,
    columns: Object.entries(wanted).map(([name, type]) => {
      const place = names.indexOf(name);
      if (place < 0)
        throw csvError(source, line, `no column ${JSON.stringify(name)}`, `one of ${names.join(', ')}`);
      return [columnOf(name, type, { source, missing, missingValues }), place] as const;
    }),
  };
}

function checkCsvOptions(options: CsvOptions): void {
  const op = 'CsvDataset';
  checkOptions(op, options, knownOptions);
  const { columns = {}, dtype = 'float32', header = true, delimiter = ',', missing = 'error' } = options;
  const { missingValues = [] } = options;
  checkOptions(op, columns, Object.keys(Object(columns)));
  for (const type of [dtype, ...Object.values(columns)]) checkChoice(op, 'dtype', type, columnTypes);
  checkChoice(op, 'missing', missing, ['error', 'nan']);
  const isList = (given: unknown) => Array.isArray(given) && given.every((item) => typeof item === 'string');
  if ((typeof header !== 'boolean' && !isList(header)) || !isList(missingValues)) {
    throw new ArgumentError({ op, got: 'header or missingValues of another type', want: 'lists of strings' });
  }
  if (typeof delimiter === 'string' && [...delimiter].length === 1 && !'"\r\n'.includes(delimiter)) return;
  throw new ArgumentError({ op, got: `delimiter ${JSON.stringify(delimiter)}`, want: 'one character' });
}
