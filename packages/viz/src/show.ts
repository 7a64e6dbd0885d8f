import {
  ArgumentError,
  checkOptions,
  FileError,
  nodeLibrary,
  Tensor,
  type TensorData,
  tensor,
} from '@retrograd/core';
import type { Module } from '@retrograd/nn';
import type { Optimizer } from '@retrograd/optim';
import { isImage } from './display/tensor.ts';
import { displayOf } from './display.ts';
import { PictureError } from './errors.ts';
import { imageGrid, imshow } from './image/images.ts';
import { type Notebook, notebook } from './notebook.ts';
import { Drawing, type jupyterDisplay, type MimeBundle, type Picture } from './picture.ts';
import { drawing } from './terminal/draw.ts';
import { findTerminal, type Surroundings } from './terminal/terminal.ts';

export interface ShowOptions {
  /** The file's name where a file is written, `loss` or `loss.png`. Default: `picture-1`, `picture-2`, … */
  name?: string;
  /** Its folder, made if need be. Default: what RETROGRAD_PICTURES says, or `pictures`. */
  dir?: string;
}

/** What can be shown: pictures, what displays itself in notebooks, numbers in arrays, and arrays of all these. */
export type Showable =
  | Picture
  | Tensor
  | Module
  | Optimizer
  | { [jupyterDisplay](): Promise<MimeBundle> }
  | TensorData
  | readonly Showable[];

/** Where things are shown. */
export interface Stage extends Surroundings {
  readonly notebook: Notebook | undefined;
  write(text: string): unknown;
}

/**
 * Shows a picture, a tensor, a module, an optimiser, or several of them, wherever this runs: in a notebook under its
 * cell; in a terminal as an image, by the terminal's own protocol or in half-block characters; and where neither is
 * there (output goes to a file or another program, or NO_COLOR is set), in a file, of which a line is printed. Tensors
 * that look like images are shown as such; all else that is no picture is printed.
 *
 * @example
 * ```ts
 * await show(plot.line(losses), { name: 'loss' }); // pictures/loss.svg, without a terminal
 * await show(images); // (N, 1, 28, 28): a grid
 * ```
 * @throws ArgumentError for a name that is none, or what cannot be shown; FileError if the file cannot be written
 */
export async function show(x: Showable, options: ShowOptions = {}): Promise<void> {
  return showOn(stageHere(), x, options);
}

/** Where this runs. A browser has neither environment nor standard output. */
function stageHere(): Stage {
  const { env = {}, stdout } = typeof process === 'undefined' ? {} : process;
  const { isTTY, columns, rows } = stdout ?? {};
  return {
    env,
    isTTY,
    columns,
    rows,
    notebook: notebook(),
    write: (text) => (stdout ? stdout.write(text) : console.log(text.trimEnd())),
  };
}

/** Shows something on a stage. */
export async function showOn(stage: Stage, x: Showable, options: ShowOptions = {}): Promise<void> {
  checkOptions('show', options, ['name', 'dir']);
  if (options.name !== undefined) checkName(options.name);
  if (Array.isArray(x) && !isNumbers(x)) {
    for (const [i, item] of x.entries()) await showOn(stage, item, numbered(options, i));
    return;
  }
  const value = asShown(x, stage);
  if (stage.notebook === undefined && isPicture(value)) return draw(stage, value, options);
  const data = (await displayOf(value)?.()) ?? {};
  if (stage.notebook === undefined) stage.write(`${data['text/plain']}\n`);
  else await stage.notebook.broadcast('display_data', { data, metadata: {}, transient: {} });
}

/** A tensor that looks like an image, or a batch of them, is a picture; notebooks show tensors as both. */
function asShown(x: Showable, stage: Stage): object {
  if (typeof x !== 'object' || x === null) throw unshowable(x);
  if (isPicture(x)) return x;
  const value = ArrayBuffer.isView(x) || Array.isArray(x) ? tensor(x as TensorData) : x;
  if (value instanceof Tensor) {
    if (value.ndim === 4 && isImage(value.shape.slice(1))) return imageGrid(value);
    if (stage.notebook === undefined && isImage(value.shape)) return imshow(value);
  }
  if (displayOf(value) === null) throw unshowable(value);
  return value;
}

function unshowable(x: unknown): ArgumentError {
  return new ArgumentError({
    op: 'show',
    got: x instanceof Object ? `a ${x.constructor?.name ?? 'value'}` : `${typeof x} ${String(x)}`,
    want: 'a picture, a tensor, a module, an optimiser, or an array of numbers or of these',
  });
}

function isPicture(x: object): x is Picture {
  return ['svg', 'png', 'save'].every((method) => typeof Reflect.get(x, method) === 'function');
}

/** Numbers at the bottom of arrays: their first elements tell. */
function isNumbers(x: readonly unknown[]): boolean {
  const [first] = x;
  return Array.isArray(first) ? isNumbers(first) : typeof first === 'number' || typeof first === 'boolean';
}

/** Draws in the terminal, or saves. What lacks to draw with (PNGs need native packages) is no reason to show nothing. */
async function draw(stage: Stage, picture: Picture, options: ShowOptions): Promise<void> {
  const terminal = findTerminal(stage);
  if (terminal === null) return save(stage, picture, options);
  let png: Uint8Array;
  try {
    png = await picture.png({ scale: 2 });
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    stage.write(`The terminal cannot show the picture: ${error.message}\n`);
    return save(stage, picture, options);
  }
  // In blocks no writing can be read: what is seen is said below.
  const caption = picture instanceof Drawing && terminal.protocol.startsWith('blocks') ? `${picture}\n` : '';
  stage.write(drawing(png, terminal) + caption);
}

let unnamed = 0;

async function save({ env, write }: Stage, picture: Picture, options: ShowOptions): Promise<void> {
  const { name = `picture-${++unnamed}`, dir = env.RETROGRAD_PICTURES || 'pictures' } = options;
  const file = /\.(svg|png|dot|json)$/i.test(name) ? name : `${name}.svg`;
  const library = nodeLibrary();
  if (library === undefined)
    throw new FileError({
      op: 'show',
      got: 'neither a notebook nor a terminal nor files',
      want: 'one of them',
      fix: 'In a browser put the text of picture.svg() into the page.',
    });
  await library.fs.mkdir(dir, { recursive: true }).catch((cause: unknown) => {
    throw new FileError({
      op: 'show',
      got: `the folder ${dir}, which cannot be made (${cause instanceof Error ? cause.message : cause})`,
      want: 'a folder that this user may write to',
      fix: 'Give another as dir, or in RETROGRAD_PICTURES.',
      cause,
    });
  });
  const path = library.path.join(dir, file);
  await picture.save(path);
  write(`Picture saved to ${path}\n`);
}

/** `loss.png` as `loss-1.png`, … for the things in an array. */
function numbered({ name, dir }: ShowOptions, index: number): ShowOptions {
  const own = name?.replace(/(\.[a-z]+)?$/i, (extension) => `-${index + 1}${extension}`);
  return { ...(own === undefined ? {} : { name: own }), ...(dir === undefined ? {} : { dir }) };
}

/** @throws ArgumentError for what would lead out of the folder, or is no name */
function checkName(name: unknown): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (typeof name === 'string' && /^[^/\\\u0000-\u001f]{1,200}$/.test(name) && !/^\.+$/.test(name)) return;
  throw new ArgumentError({
    op: 'show',
    got: `the name ${typeof name === 'string' ? JSON.stringify(name) : typeof name}`,
    want: "a file's name, without slashes",
    fix: 'The folder is an option of its own: dir.',
  });
}
