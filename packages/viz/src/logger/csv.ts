import { ArgumentError, writeAtomically } from '@retrograd/core';
import type { History } from './recorder.ts';

/** Writes scalars to a CSV file. @throws ArgumentError for another extension, FileError when it cannot be written */
export async function saveCsv(path: string, history: History): Promise<void> {
  if (typeof path !== 'string' || !path.toLowerCase().endsWith('.csv'))
    throw new ArgumentError({
      op: 'Logger.save',
      got: typeof path === 'string' ? `the path ${JSON.stringify(path)}` : `a path of type ${typeof path}`,
      want: 'a name that ends in .csv',
      fix: 'For a picture: logger.plot().save(path).',
    });
  await writeAtomically(path, [new TextEncoder().encode(toCsv(history))]);
}

/** Tag, step and value in lines (RFC 4180), the numbers as Python reads them. */
function toCsv(history: History): string {
  const rows = Object.entries(history).flatMap(([tag, { steps, values }]) =>
    values.map((value, i) => `${quoted(tag)},${steps[i]},${csvNumber(value)}`),
  );
  return `${['tag,step,value', ...rows].join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvNumber(value: number): string {
  return String(value).replace('NaN', 'nan').replace('Infinity', 'inf');
}
