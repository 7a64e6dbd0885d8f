import { DatasetError } from '@retrograd/core';

/** Takes one record of a CSV file, and the line on which it starts, counted from 1. */
export type OnRecord = (fields: string[], line: number) => void;

export interface CsvParser {
  /** Takes the next piece of the text, which may end anywhere. */
  readonly push: (text: string) => void;
  /** Takes the end of the text. */
  readonly end: () => void;
}

/** What came before the next character. */
type Place = 'separator' | 'unquoted' | 'quoted' | 'quote' | 'return';

/**
 * Reads CSV as RFC 4180 defines it, piece by piece. Lines end in LF or CRLF, the last one in either or nothing; a blank
 * line is no record.
 *
 * @param source Where the text is from, for error messages.
 * @throws DatasetError that names the line, where quotes or line ends are not as they should be
 */
export function csvParser(source: string, delimiter: string, onRecord: OnRecord): CsvParser {
  let place: Place = 'separator';
  let field = '';
  let fields: string[] = [];
  let line = 1;
  let recordLine = 1;
  let quoteLine = 0;

  const refuse = (got: string, want: string, at = line) => csvError(source, at, got, want);
  const endField = () => {
    fields.push(field);
    field = '';
    place = 'separator';
  };
  const endRecord = () => {
    const isBlank = fields.length === 0 && field === '' && quoteLine < recordLine;
    endField();
    if (!isBlank) onRecord(fields, recordLine);
    fields = [];
  };
  /** What ends a field that is not within quotes; says whether the character did. */
  const ends = (character: string): boolean => {
    if (character === delimiter) endField();
    else if (character === '\n') endRecord();
    else if (character === '\r') place = 'return';
    else return false;
    return true;
  };
  const after: Readonly<Record<Place, (character: string) => void>> = {
    separator: (character) => {
      if (character === '"') [place, quoteLine] = ['quoted', line];
      else after.unquoted(character);
    },
    unquoted: (character) => {
      if (ends(character)) return;
      if (character === '"') throw refuse('a quote within a field', 'quotes around the whole field');
      place = 'unquoted';
      field += character;
    },
    quoted: (character) => {
      if (character === '"') place = 'quote';
      else field += character;
    },
    quote: (character) => {
      if (ends(character)) return;
      if (character !== '"') throw refuse(`${JSON.stringify(character)} after a quote`, 'the next field');
      place = 'quoted';
      field += character;
    },
    return: (character) => {
      if (character !== '\n') throw refuse('a carriage return within a field', 'quotes around the field');
      endRecord();
    },
  };
  return {
    push: (text) => {
      for (const character of text) {
        after[place](character);
        if (character !== '\n') continue;
        line++;
        if (place !== 'quoted') recordLine = line;
      }
    },
    end: () => {
      if (place === 'quoted') throw refuse('a quote that is never closed', 'a quote at its end', quoteLine);
      endRecord();
    },
  };
}

/** An error in a CSV file. */
export function csvError(
  source: string,
  line: number,
  got: string,
  want: string,
  fix?: string,
): DatasetError {
  return new DatasetError({ op: 'CSV', got: `${source}, line ${line}: ${got}`, want, ...(fix && { fix }) });
}
