import { DatasetError } from '@retrograd/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvParser } from './csv.ts';

function recordsOf(pieces: readonly string[], delimiter = ','): [string[], number][] {
  const records: [string[], number][] = [];
  const parser = csvParser('x.csv', delimiter, (fields, line) => records.push([fields, line]));
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return records;
}

describe('csvParser', () => {
  it.each<[string, string, [string[], number][]]>([
    [
      'plain lines',
      'a,b\nc,d\n',
      [
        [['a', 'b'], 1],
        [['c', 'd'], 2],
      ],
    ],
    [
      'CRLF, and no line end at the end',
      'a,b\r\nc,d',
      [
        [['a', 'b'], 1],
        [['c', 'd'], 2],
      ],
    ],
    [
      'quotes',
      '"a ""b"", c","d\ne"\r\nf,g\n',
      [
        [['a "b", c', 'd\ne'], 1],
        [['f', 'g'], 3],
      ],
    ],
    [
      'empty fields',
      ',\n"",""\n',
      [
        [['', ''], 1],
        [['', ''], 2],
      ],
    ],
    [
      'blank lines',
      '\n\r\na\n\n""\n',
      [
        [['a'], 3],
        [[''], 5],
      ],
    ],
    ['a CR within quotes, kept', '"a\r"\r\n', [[['a\r'], 1]]],
    ['spaces, which belong to a field', ' a , b', [[[' a ', ' b'], 1]]],
    ['characters beyond 16 bits', '"🦊",é', [[['🦊', 'é'], 1]]],
    ['nothing', '', []],
  ])('%s', (_, text, wanted) => {
    expect(recordsOf([text])).toEqual(wanted);
    // Wherever the text is cut, also between the characters of CRLF or of a doubled quote.
    expect(recordsOf([...text])).toEqual(wanted);
  });

  it.each([
    ['a,b\nc"d', 2, 'a quote within a field'],
    ['a\n"b"c', 2, '"c" after a quote'],
    ['a\n\n"b\nc', 3, 'a quote that is never closed'],
    ['a\rb', 1, 'a carriage return'],
    ['"a\nb"\n"c" ', 3, '" " after a quote'],
  ])('refuses %j, and names line %i', (text, line, message) => {
    expect(() => recordsOf([text])).toThrow(DatasetError);
    expect(() => recordsOf([text])).toThrow(`x.csv, line ${line}: ${message}`);
  });

  it('reads what was written, whatever is in the fields', () => {
    const characters = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', '🦊') });
    const table = fc.array(fc.array(characters, { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';'), fc.constantFrom('\n', '\r\n'), (rows, delimiter, end) => {
        const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
        const text = rows.map((row) => row.map(quoted).join(delimiter) + end).join('');
        expect(recordsOf([text], delimiter).map(([fields]) => fields)).toEqual(rows);
      }),
    );
  });

  it('ends in records or a DatasetError for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r') }), (text) => {
        try {
          recordsOf([text]);
        } catch (error) {
          expect(error).toBeInstanceOf(DatasetError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
