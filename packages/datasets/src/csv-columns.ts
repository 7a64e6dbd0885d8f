import { type DType, fromTypedArray, type Tensor, type TypedArray } from '@retrograd/core';
import { csvError } from './csv.ts';

/** What the fields of a column are: numbers of a dtype, or text. */
export type ColumnType = DType | 'string';

/** A column that is being read. */
export interface Column {
  readonly name: string;
  /** Takes a field. */
  readonly add: (field: string, line: number) => void;
  /** All fields: a tensor `(N,)`, or texts. */
  readonly values: () => Tensor | string[];
}

export interface ColumnOptions {
  /** Where the text is from, for error messages. */
  readonly source: string;
  /** What stands for no value. */
  readonly missingValues: readonly string[];
  /** Whether a missing float is NaN, or an error. */
  readonly missing: 'error' | 'nan';
}

/** How the fields of a dtype are written, what they mean, and where they are kept. */
interface Numbers {
  readonly form: RegExp;
  readonly read: (field: string) => number;
  readonly least: number;
  readonly most: number;
  readonly array: new (values: readonly number[]) => TypedArray;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?inf(inity)?$|^nan$/i;
const readDecimal = (field: string) => Number(field.replace(/inf(inity)?$/i, 'Infinity'));
const whole = /^[+-]?\d+$/;
const float = { form: decimal, read: readDecimal, least: -Infinity, most: Infinity };

const numbers: Readonly<Record<DType, Numbers>> = {
  float32: { ...float, array: Float32Array },
  float64: { ...float, array: Float64Array },
  int32: { form: whole, read: Number, least: -(2 ** 31), most: 2 ** 31 - 1, array: Int32Array },
  uint8: { form: whole, read: Number, least: 0, most: 255, array: Uint8Array },
  bool: {
    form: /^(true|false|0|1)$/i,
    read: (field) => Number(/^(true|1)$/i.test(field)),
    least: 0,
    most: 1,
    array: Uint8Array,
  },
};

export const columnTypes: readonly ColumnType[] = [...(Object.keys(numbers) as DType[]), 'string'];

/** @throws DatasetError, when it is given a field that is none of the type, or a missing one that cannot be NaN */
export function columnOf(name: string, type: ColumnType, options: ColumnOptions): Column {
  if (type === 'string') {
    const texts: string[] = [];
    return { name, add: (field) => void texts.push(field), values: () => texts };
  }
  const { form, read, least, most, array } = numbers[type];
  const { source, missing, missingValues } = options;
  const numberIn = (given: string, line: number): number => {
    const field = given.trim();
    const at = `column ${JSON.stringify(name)}`;
    if (missingValues.includes(field)) {
      if (missing === 'nan' && least === -Infinity) return Number.NaN;
      const fix = `${least === -Infinity ? "Say missing: 'nan'" : 'Read it as float32'}, or leave the column out.`;
      throw csvError(source, line, `no value in ${at}`, type, fix);
    }
    const value = form.test(field) ? read(field) : undefined;
    if (value === undefined || value < least || value > most) {
      throw csvError(source, line, `${JSON.stringify(given.slice(0, 40))} in ${at}`, type);
    }
    return value;
  };
  const values: number[] = [];
  return {
    name,
    add: (field, line) => void values.push(numberIn(field, line)),
    values: () => fromTypedArray(new array(values), [values.length], type),
  };
}
