import { environment } from '@retrograd/core';
import { barLine, finalLine, type LoopState, type Output, progressLine } from './progress-lines.ts';
import type { LoopTraits } from './track.ts';

/** How often a log without a terminal is told how far a loop is, in milliseconds. */
export const logEvery = 10_000;

/** A loop that is under way, and what was logged in it. */
export class Loop {
  readonly #traits: LoopTraits;
  readonly #started = performance.now();
  readonly #latest = new Map<string, number>();
  readonly #sums = new Map<string, { sum: number; count: number }>();
  done = 0;

  constructor(traits: LoopTraits) {
    this.#traits = traits;
  }

  note(name: string, value: number): void {
    const { sum, count } = this.#sums.get(name) ?? { sum: 0, count: 0 };
    this.#sums.set(name, { sum: sum + value, count: count + 1 });
    this.#latest.set(name, value);
  }

  /** With the metrics as they were logged last. */
  latest(): LoopState {
    return this.#state(this.#latest);
  }

  /** With the metrics' means over the loop. */
  means(): LoopState {
    return this.#state(new Map([...this.#sums].map(([name, { sum, count }]) => [name, sum / count])));
  }

  #state(metrics: ReadonlyMap<string, number>): LoopState {
    const seconds = (performance.now() - this.#started) / 1000;
    return { ...this.#traits, done: this.done, seconds, metrics };
  }
}

/** Shows how far a loop is: in a terminal one line that is drawn again and again, elsewhere a line now and then. */
export class Progress {
  readonly #output: Output;
  #drawn = false;
  #printed = performance.now();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows how things are by now; called as often as the bar is to move. */
  draw(loop: Loop): void {
    if (isTerminal(this.#output)) {
      // The last column stays free: some terminals go to the next line once it is filled.
      const columns = Math.max((this.#output.columns || 80) - 1, 1);
      this.#output.write(`\r${barLine(loop.latest(), columns, wantsColour())}\x1b[K`);
      this.#drawn = true;
    } else if (performance.now() - this.#printed >= logEvery) {
      this.print(progressLine(loop.latest()));
    }
  }

  /** Leaves a line where the bar of a loop was. */
  end(loop: Loop, completed: boolean): void {
    this.print(finalLine(completed ? loop.means() : loop.latest(), completed));
  }

  /** A line of text, in place of the bar if there is one. */
  print(text: string): void {
    this.clear();
    this.#output.write(`${text}\n`);
    this.#printed = performance.now();
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#drawn) this.#output.write('\r\x1b[K');
    this.#drawn = false;
  }
}

function isTerminal(output: Output): boolean {
  return output.isTTY === true && environment('TERM') !== 'dumb';
}

/** https://no-color.org */
function wantsColour(): boolean {
  return environment('NO_COLOR') === undefined;
}
