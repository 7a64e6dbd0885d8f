import { EventFile } from './event-file.ts';
import { type Moment, scalarValue, summaryEvent } from './events.ts';
import type { Scalar } from './scalars.ts';

/** One metric as it went: `values[i]` was logged in step `steps[i]`. */
export interface Series {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Each metric by its tag. */
export type History = Readonly<Record<string, Series>>;

/** Takes a value, once it is read, to where it is shown. */
export type Show = (tag: string, value: number) => void;

/** A value that was logged, and is not read yet. */
interface Entry extends Moment {
  readonly tag: string;
  readonly value: Scalar;
  readonly show: Show | undefined;
}

/** Keeps what is logged, in memory and in an event file. Tensors are not read before `settle`. */
export class Recorder {
  readonly #series = new Map<string, { steps: number[]; values: number[] }>();
  readonly #file: EventFile | undefined;
  readonly #pending: Entry[] = [];

  constructor(dir: string | undefined) {
    if (dir !== undefined) this.#file = new EventFile(dir);
  }

  get path(): string | undefined {
    return this.#file?.path;
  }

  /** What has been settled. */
  get history(): History {
    return Object.fromEntries(this.#series);
  }

  get isEmpty(): boolean {
    return this.#series.size === 0;
  }

  add(moment: Moment, scalars: readonly (readonly [tag: string, value: Scalar])[], show?: Show): void {
    for (const [tag, value] of scalars) this.#pending.push({ ...moment, tag, value, show });
  }

  /** Reads what was logged, and says whether there was any. @throws FileError when the disk is full or the like */
  settle(): boolean {
    const entries = this.#pending.splice(0);
    const events: Uint8Array[] = [];
    for (const { tag, step, wallTime, value, show } of entries) {
      const number = typeof value === 'number' ? value : value.item();
      this.#keep(tag, step, number);
      show?.(tag, number);
      if (this.#file !== undefined) events.push(summaryEvent({ wallTime, step }, tag, scalarValue(number)));
    }
    this.#file?.append(events);
    return entries.length > 0;
  }

  /** Writes what only event files have. @throws FileError when the disk is full or the like */
  write(moment: Moment, tag: string, value: () => Uint8Array): void {
    if (this.#file === undefined) return;
    this.settle();
    this.#file.append([summaryEvent(moment, tag, value())]);
  }

  close(): void {
    this.#file?.close();
  }

  #keep(tag: string, step: number, value: number): void {
    const { steps, values } = this.#series.get(tag) ?? { steps: [], values: [] };
    steps.push(step);
    values.push(value);
    this.#series.set(tag, { steps, values });
  }
}
