import type { Output } from '../progress-lines.ts';

/** A control sequence, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal reads
const sequences = /\x1b\[[\d;]*[A-Za-z]|./gsu;

/**
 * A terminal, as far as progress bars need one: what is on its screen after all that was written. It wraps long lines,
 * knows carriage return, line feed, "erase to the end of the line" and colours, and refuses everything else.
 */
export class FakeTerminal implements Output {
  readonly isTTY = true;
  columns: number;
  readonly writes: string[] = [];
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 80) {
    this.columns = columns;
  }

  write(text: string): void {
    this.writes.push(text);
    for (const [token] of text.matchAll(sequences)) this.#take(token);
  }

  /** The rows, without the spaces at their ends. */
  get screen(): string[] {
    return this.#rows.map((row) => row.join('').trimEnd());
  }

  #take(token: string): void {
    if (token === '\r') this.#column = 0;
    else if (token === '\n') this.#moveTo(this.#row + 1, 0);
    else if (token === '\x1b[K') (this.#rows[this.#row] as string[]).length = this.#column;
    else if (token.startsWith('\x1b[') && token.endsWith('m')) return;
    else if (/\p{Control}/u.test(token))
      throw new Error(`the terminal does not know ${JSON.stringify(token)}`);
    else {
      if (this.#column >= this.columns) this.#moveTo(this.#row + 1, 0);
      const row = this.#rows[this.#row] as string[];
      while (row.length < this.#column) row.push(' ');
      row[this.#column++] = token;
    }
  }

  #moveTo(row: number, column: number): void {
    [this.#row, this.#column] = [row, column];
    while (this.#rows.length <= row) this.#rows.push([]);
  }
}

/** What takes the place of a terminal in a pipe or a file. */
export class FakePipe implements Output {
  text = '';

  write(text: string): void {
    this.text += text;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}
