/** How often a line of a log tells how far things are, in milliseconds. */
const logEvery = 10_000;
const redrawEvery = 100;
const barWidth = 24;

/**
 * How far a loop is: a bar that redraws itself in a terminal, a plain line now and then elsewhere.
 *
 * @example
 * ```ts
 * const progress = new Progress('Epoch 1', 60_000, 'images');
 * progress.advance(64, 'loss 0.2792');
 * progress.end();
 * ```
 */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #unit: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #started = performance.now();
  #done = 0;
  #shown = this.#started;

  constructor(label: string, total: number, unit: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#total = total;
    this.#unit = unit;
    this.#stream = stream;
  }

  /** Counts what was done, and shows it if it is time to. */
  advance(by: number, note = ''): void {
    this.#done += by;
    const now = performance.now();
    if (now - this.#shown < (this.#stream.isTTY ? redrawEvery : logEvery)) return;
    this.#shown = now;
    const text = this.#describe(now, note);
    this.#stream.write(this.#stream.isTTY ? `\r${fitted(text, this.#stream.columns)}\x1b[K` : `${text}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }

  #describe(now: number, note: string): string {
    const seconds = (now - this.#started) / 1000;
    const rate = this.#done / seconds;
    const share = Math.min(this.#done / this.#total, 1);
    const full = Math.round(share * barWidth);
    const bar = this.#stream.isTTY ? ` ${'█'.repeat(full)}${'░'.repeat(barWidth - full)}` : '';
    const left = (this.#total - this.#done) / rate;
    return `${this.#label}${bar} ${Math.floor(100 * share)}% · ${rate.toFixed(0)} ${this.#unit}/s · ${clock(left)} left${note && ` · ${note}`}`;
  }
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function fitted(text: string, columns = 80): string {
  return text.length < columns ? text : text.slice(0, columns - 1);
}
