import type { LoopTraits } from './track.ts';

/** Where progress is shown: a terminal (`process.stdout`), or whatever takes text. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** How far a loop is. */
export interface LoopState extends LoopTraits {
  readonly done: number;
  readonly seconds: number;
  /** Metrics by name, as they are to be shown. */
  readonly metrics: ReadonlyMap<string, number>;
}

const barWidth = 24;

/** The line of a loop that is under way, for a terminal: as much of it as `columns` have room for. */
export function barLine(state: LoopState, columns: number, colour: boolean): string {
  const { share, percent, count, rate, left } = parts(state);
  const far = percent || count;
  const bars = share === undefined ? [0] : [barWidth, barWidth / 2];
  // From all there is to say to the least, which is cut if it has to be.
  const layouts = [
    ...[
      [percent, count, rate, left],
      [percent, count, left],
      [far, left],
    ].flatMap((texts) => bars.map((bar) => ({ bar, texts }))),
    { bar: 0, texts: [far, left] },
    { bar: 0, texts: [far] },
  ];
  const line = ({ bar, texts }: (typeof layouts)[number], coloured: boolean) => {
    const drawn = bar > 0 ? drawBar(share ?? 0, bar, coloured) : '';
    return joined([`${clean(state.label)} ${drawn}`.trim(), ...texts, showMetrics(state.metrics)]);
  };
  const layout = layouts.find((one) => columnsOf(line(one, false)) <= columns);
  return layout === undefined ? cut(line({ bar: 0, texts: [far] }, false), columns) : line(layout, colour);
}

/** The line of a loop that is under way, for a log. */
export function progressLine(state: LoopState): string {
  const { percent, count, rate, left } = parts(state);
  return joined([clean(state.label), percent, count, rate, left, showMetrics(state.metrics)]);
}

/** The line of a loop that is over: `metrics` are means, or the last values of one that was stopped. */
export function finalLine(state: LoopState, completed: boolean): string {
  const metrics = showMetrics(state.metrics);
  const time = `${completed ? '' : 'stopped after '}${clock(state.seconds)}`;
  const { count } = parts(state);
  return joined([clean(state.label), count, time, metrics && `${completed ? 'mean ' : 'last '}${metrics}`]);
}

/** "loss 0.2792 · accuracy 0.9140" */
export function showMetrics(metrics: ReadonlyMap<string, number>): string {
  return joined([...metrics].map(([name, value]) => `${clean(name)} ${showNumber(value)}`));
}

/** A name without what would move a terminal's cursor. */
function clean(name: string): string {
  return name.replace(/\p{Control}/gu, ' ');
}

function parts({ done, total, seconds, unit: given }: LoopState) {
  const unit = clean(given);
  const rate = seconds > 0 ? done / seconds : 0;
  const known = total !== undefined;
  const share = known ? Math.min(done / Math.max(total, 1), 1) : undefined;
  return {
    share,
    percent: share === undefined ? '' : `${Math.floor(100 * share)}%`,
    count: known ? `${done}/${total}` : `${done} ${unit}`,
    rate: rate > 0 ? `${showRate(rate)} ${unit}/s` : '',
    left: known && rate > 0 ? `${clock(Math.max(total - done, 0) / rate)} left` : '',
  };
}

/** Thin lines, which read well in any colour; half a cell is drawn too. */
function drawBar(share: number, width: number, colour: boolean): string {
  const halves = Math.round(share * width * 2);
  const full = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '');
  const rest = '─'.repeat(width - Math.ceil(halves / 2));
  return colour ? `\x1b[36m${full}\x1b[2;39m${rest}\x1b[0m` : full + rest;
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' · ');
}

function showNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return value.toFixed(size < 100 ? 4 : 1);
}

function showRate(rate: number): string {
  return rate < 10 ? rate.toPrecision(2) : rate.toFixed(0);
}

/** "0:07", "12:03", "3:00:09" */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number: number) => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const marks = /\p{Mark}|\p{Default_Ignorable_Code_Point}/u;
const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

function columnOf(character: string): number {
  return marks.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

/** How many columns of a terminal a text without control characters takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnOf(character);
  return columns;
}

function cut(text: string, columns: number): string {
  let [kept, used] = ['', 0];
  for (const character of text) {
    used += columnOf(character);
    if (used > columns - 1) return columns > 0 ? `${kept}…` : '';
    kept += character;
  }
  return kept;
}
