import { ArgumentError, checkTensor, type Tensor } from '@retrograd/core';
import { encode as encodePng } from 'fast-png';
import { toPixels } from './image/pixels.ts';
import { saveCsv } from './logger/csv.ts';
import { histogramValue, imageValue, type Moment, textValue } from './logger/events.ts';
import { LivePicture } from './logger/live-picture.ts';
import { checkLoggerOptions, type LoggerOptions } from './logger/options.ts';
import { drawHistory } from './logger/picture.ts';
import { Loop, logEvery, Progress } from './logger/progress.ts';
import { showMetrics } from './logger/progress-lines.ts';
import { type History, Recorder, type Show } from './logger/recorder.ts';
import {
  checkMetrics,
  checkNumbers,
  checkScalar,
  checkStep,
  checkTag,
  type Scalar,
} from './logger/scalars.ts';
import {
  iterableOf,
  type LoopTraits,
  loopTraits,
  type Rounds,
  type TrackOptions,
  watched,
} from './logger/track.ts';
import { notebook } from './notebook.ts';
import { jupyterDisplay, type MimeBundle, type Picture } from './picture.ts';

/** How often values are read, written and shown within a loop, in milliseconds. */
const settleEvery = 100;
const histogramBins = 30;

/**
 * Keeps and shows how a training goes: a progress bar, a plot that grows in a notebook, and an event file for
 * TensorBoard.
 *
 * Metrics are numbers or tensors with one element. Within a tracked loop tensors are copied when they are logged, and
 * read ten times a second at most, so that a device need not be waited for in each step; elsewhere they are read at
 * once. NaN and infinities are logged as what they are.
 *
 * Without a `step` a value belongs to the step after the last one; values that are logged in one round of a tracked
 * loop, or between two such loops, share theirs.
 *
 * @example
 * ```ts
 * await using logger = new Logger({ dir: 'runs/first' });
 * for (let epoch = 1; epoch <= epochs; epoch++) {
 *   for await (const [images, labels] of logger.track(loader, { epoch, epochs })) {
 *     const loss = criterion.forward(model.forward(images), labels);
 *     optimizer.zeroGrad();
 *     loss.backward();
 *     optimizer.step();
 *     logger.log({ loss });
 *   }
 *   logger.log({ 'test accuracy': await accuracy(model, test) });
 * }
 * await logger.plot().save('training.svg');
 * ```
 */
export class Logger {
  readonly #records: Recorder;
  readonly #progress: Progress | undefined;
  readonly #live: LivePicture | undefined;
  /** Those under way, the innermost last. */
  readonly #loops: Loop[] = [];
  /** What was logged outside loops, and not shown yet. */
  readonly #unshown = new Map<string, number>();
  #settleDue = 0;
  #lineDue = 0;
  #step = 0;
  /** Whether the next value without a step begins a new one. */
  #fresh = true;
  #tracked = false;
  #closed = false;

  /** @throws ArgumentError for options that make no sense, FileError for a `dir` that cannot be written */
  constructor(options: LoggerOptions = {}) {
    const { dir, progress, output } = checkLoggerOptions(options);
    const cell = notebook();
    if (progress) this.#progress = new Progress(output);
    if (progress && cell !== undefined)
      this.#live = new LivePicture(
        cell,
        () => drawHistory(this.#records.history),
        (error) => this.print(`The plot cannot be shown: ${error instanceof Error ? error.message : error}`),
      );
    this.#records = new Recorder(dir);
  }

  /** All scalars so far: for each tag its steps and its values. */
  get history(): History {
    this.#settle();
    return this.#records.history;
  }

  /** The path of the event file, if there is one. */
  get path(): string | undefined {
    return this.#records.path;
  }

  /**
   * Goes through `items` (a `DataLoader`, an array …; 0 to n − 1 for a number), and shows how far that is, how fast it
   * goes, how long it will take, and the last values that were logged. The line that stays has their means over the loop.
   * Loops may lie within one another.
   *
   * @throws ArgumentError for what one cannot go through, and for options that make no sense
   */
  track(items: number, options?: TrackOptions): Iterable<number> & AsyncIterable<number>;
  track<T>(items: Iterable<T> | AsyncIterable<T>, options?: TrackOptions): Iterable<T> & AsyncIterable<T>;
  track<T>(items: number | Iterable<T> | AsyncIterable<T>, options: TrackOptions = {}): unknown {
    const op = 'Logger.track';
    this.#checkOpen(op);
    const source = iterableOf(op, items);
    const traits = loopTraits(op, source, options);
    return watched(op, source, () => this.#begin(traits));
  }

  /**
   * Records metrics, and shows them in the bar; outside tracked loops on lines of their own, the first after a loop and
   * then one in ten seconds.
   *
   * @throws ArgumentError for what is no number and for a step that is no whole number ≥ 0; ShapeError for a tensor with
   * more elements than one
   */
  log(metrics: Readonly<Record<string, Scalar>>, step?: number): void {
    const op = 'Logger.log';
    const loop = this.#loops.at(-1);
    const show = (name: string, value: number) =>
      loop === undefined ? this.#unshown.set(name, value) : loop.note(name, value);
    this.#record(op, checkMetrics(op, metrics), step, show);
  }

  /** Records one value without showing it. @throws as `log` does */
  addScalar(tag: string, value: Scalar, step?: number): void {
    const op = 'Logger.addScalar';
    this.#record(op, [[checkTag(op, tag), checkScalar(op, tag, value)]], step);
  }

  /**
   * Writes how values spread to the event file, in 30 buckets. What is not finite is left out.
   *
   * @throws ArgumentError for what is no tensor and no array of numbers
   */
  addHistogram(tag: string, values: Tensor | ArrayLike<number>, step?: number): void {
    const op = 'Logger.addHistogram';
    const numbers = checkNumbers(op, values);
    this.#write(op, tag, step, () => histogramValue(numbers, histogramBins));
  }

  /**
   * Writes an image to the event file: `(H, W)`, `(1, H, W)`, `(3, H, W)` or `(4, H, W)`, of floats from 0 to 1 or of
   * integers from 0 to 255.
   *
   * @throws ShapeError for what is no image
   */
  addImage(tag: string, image: Tensor, step?: number): void {
    const op = 'Logger.addImage';
    const { isFloatingPoint, dtype } = checkTensor(op, image);
    const pixels = toPixels(op, image, { min: 0, max: isFloatingPoint || dtype === 'bool' ? 1 : 255 });
    this.#write(op, tag, step, () =>
      imageValue(encodePng({ ...pixels, channels: 4 }), { ...pixels, channels: 4 }),
    );
  }

  /** Writes text, which may be Markdown, to the event file. @throws ArgumentError for what is no string */
  addText(tag: string, text: string, step?: number): void {
    const op = 'Logger.addText';
    if (typeof text !== 'string')
      throw new ArgumentError({ op, got: `a text of type ${typeof text}`, want: 'a string' });
    this.#write(op, tag, step, () => textValue(text));
  }

  /** Prints a line above the bar, which `console.log` would run into. */
  print(text: string): void {
    this.#progress?.print(String(text));
    this.#draw();
  }

  /**
   * The metrics over the steps, a panel for each. Of long series the least and the greatest values are drawn.
   *
   * @throws ArgumentError when nothing has been logged
   */
  plot(): Picture {
    return drawHistory(this.history);
  }

  /** In a notebook a logger is its plot. */
  [jupyterDisplay](): Promise<MimeBundle> {
    return this.plot()[jupyterDisplay]();
  }

  /**
   * Writes all scalars to a CSV file: tag, step and value, with `nan`, `inf` and `-inf` as Python reads them.
   *
   * @throws ArgumentError for another extension, FileError when the file cannot be written
   */
  async save(path: string): Promise<void> {
    await saveCsv(path, this.history);
  }

  /** Reads and writes what is still to be read and written. */
  flush(): void {
    this.#settle();
  }

  /** Takes the bar away and ends the event file; resolves when a notebook has the last state. More calls do nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#loops.length = 0;
      this.#settle();
      this.#showLine();
    } finally {
      this.#progress?.clear();
      this.#records.close();
    }
    if (!this.#records.isEmpty) await this.#live?.finish();
  }

  [Symbol.dispose](): void {
    void this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(traits: LoopTraits): Rounds {
    this.#checkOpen('Logger.track');
    this.#settle();
    this.#showLine();
    this.#tracked = true;
    const loop = new Loop(traits);
    this.#loops.push(loop);
    this.#draw();
    return {
      begin: () => {
        this.#fresh = true;
      },
      end: () => {
        loop.done++;
        if (performance.now() >= this.#settleDue) this.#settle();
      },
      over: (completed) => this.#end(loop, completed),
      shown: async () => this.#live?.drawn(),
    };
  }

  #end(loop: Loop, completed: boolean): void {
    this.#fresh = false;
    if (this.#closed) return;
    try {
      this.#settle();
    } finally {
      this.#loops.splice(this.#loops.indexOf(loop), 1);
      this.#progress?.end(loop, completed);
      this.#lineDue = 0;
      this.#draw();
    }
  }

  #record(op: string, scalars: readonly [string, Scalar][], step: number | undefined, show?: Show): void {
    this.#checkOpen(op);
    this.#records.add(this.#moment(op, step), scalars, show);
    if (this.#loops.length > 0 && performance.now() < this.#settleDue) return;
    this.#settle();
    if (performance.now() >= this.#lineDue) this.#showLine();
  }

  #write(op: string, tag: string, step: number | undefined, value: () => Uint8Array): void {
    this.#checkOpen(op);
    checkTag(op, tag);
    this.#records.write(this.#moment(op, step), tag, value);
  }

  /** When something is logged, in which step. */
  #moment(op: string, step: number | undefined): Moment {
    if (step !== undefined) this.#step = checkStep(op, step);
    else if (this.#fresh || !this.#tracked) this.#step++;
    this.#fresh = false;
    return { step: this.#step, wallTime: Date.now() / 1000 };
  }

  /** Takes what was logged to where it is kept and shown. */
  #settle(): void {
    this.#settleDue = performance.now() + settleEvery;
    const isNew = this.#records.settle();
    this.#draw();
    if (isNew && !this.#closed) this.#live?.update();
  }

  #draw(): void {
    const loop = this.#loops.at(-1);
    if (loop !== undefined) this.#progress?.draw(loop);
  }

  /** Shows what was logged outside loops. */
  #showLine(): void {
    if (this.#unshown.size === 0) return;
    this.#progress?.print(`step ${this.#step} · ${showMetrics(this.#unshown)}`);
    this.#unshown.clear();
    this.#lineDue = performance.now() + logEvery;
  }

  #checkOpen(op: string): void {
    if (this.#closed)
      throw new ArgumentError({ op, got: 'a call after close()', want: 'a logger that is still open' });
  }
}
