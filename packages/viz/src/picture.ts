import { ArgumentError, checkOptions, writeAtomically } from '@retrograd/core';
import { PictureError } from './errors.ts';
import { rasterize } from './raster.ts';
import { escapeXml } from './text.ts';
import { adaptive, grounded, intoRoot, palettes, type Scheme, type Theme } from './theme.ts';

/** The name under which Deno's Jupyter kernel asks a value how to show itself. */
export const jupyterDisplay: unique symbol = Symbol.for('Jupyter.display');

/** What a notebook is shown: the same thing in several media types, of which it takes the best that it knows. */
export type MimeBundle = Record<string, unknown>;

export interface SvgOptions {
  /** Instead of the picture's own. */
  theme?: Theme;
}

export interface PngOptions extends SvgOptions {
  /** Pixels for each unit of the SVG. Default 2. */
  scale?: number;
}

/**
 * Something to look at, which knows how to show itself everywhere. Making one is cheap; drawing happens when it is
 * asked for.
 *
 * @example
 * ```ts
 * const picture = plot.line({ train: losses, test: testLosses });
 * await picture.save('loss.png');
 * picture; // the last line of a notebook's cell: it is displayed
 * ```
 */
export interface Picture {
  /** As SVG: on a transparent ground in colours that follow the reader's scheme, or on that of its theme. */
  svg(options?: SvgOptions): Promise<string>;
  /** As PNG, opaque. @throws PictureError where a package that it needs is missing */
  png(options?: PngOptions): Promise<Uint8Array>;
  /**
   * Writes it to a file, whole or not at all, as what its extension says.
   *
   * @throws ArgumentError for an extension that the picture does not know
   * @throws FileError where the file cannot be written
   */
  save(path: string): Promise<void>;
  /** For notebooks. */
  [jupyterDisplay](): Promise<MimeBundle>;
}

/** A form that a picture takes beside SVG and PNG: a file's extension, its media type, and what it holds. */
export interface Format {
  /** With its dot. */
  readonly extension: string;
  /** The type it has in a notebook's bundle; none, if it is only for files. */
  readonly mime?: string;
  /** Text, or what is JSON. */
  content(): string | object;
}

/** What all pictures share. A kind of picture says how it is drawn, and what it is called where only text can be shown. */
export abstract class Drawing implements Picture {
  /** The theme it is drawn in, unless another is asked for. */
  readonly theme: Theme;

  constructor(theme: Theme = 'auto') {
    this.theme = checkTheme(theme);
  }

  /** As SVG on a transparent ground, in the colours of one scheme's palette. */
  protected abstract draw(scheme: Scheme): Promise<string>;

  /** One line that says what is seen. */
  abstract toString(): string;

  /** Other forms it can be saved in. */
  protected formats(): readonly Format[] {
    return [];
  }

  async svg(options: SvgOptions = {}): Promise<string> {
    checkOptions('svg', options, ['theme']);
    return this.#paint(options.theme, { opaque: false });
  }

  async png(options: PngOptions = {}): Promise<Uint8Array> {
    checkOptions('png', options, ['theme', 'scale']);
    const { theme = this.theme, scale = 2 } = options;
    const scheme = checkTheme(theme) === 'dark' ? 'dark' : 'light';
    return rasterize(await this.#drawn(scheme), scale, palettes[scheme].ground);
  }

  async save(path: string): Promise<void> {
    const extension = extensionOf(path);
    const forms: Record<string, () => Promise<string | Uint8Array> | string> = {
      '.svg': () => this.svg(),
      '.png': () => this.png(),
    };
    for (const format of this.formats()) forms[format.extension] = () => asText(format.content());
    const form = forms[extension];
    if (form === undefined)
      throw new ArgumentError({
        op: 'save',
        got: `the path ${JSON.stringify(path)}`,
        want: `a name that ends in ${Object.keys(forms).join(' or ')}`,
      });
    const content = await form();
    await writeAtomically(path, [typeof content === 'string' ? new TextEncoder().encode(content) : content]);
  }

  /** SVG, PNG where it can be drawn, the picture's other forms, and a line of text. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    const bundle: MimeBundle = { 'text/plain': this.toString() };
    for (const format of this.formats())
      if (format.mime !== undefined) bundle[format.mime] = format.content();
    // A notebook does not tell its scheme to the picture, so the ground goes with it.
    bundle['image/svg+xml'] = await this.#paint(this.theme, { opaque: true });
    try {
      bundle['image/png'] = toBase64(await this.png());
    } catch (error) {
      if (!(error instanceof PictureError)) throw error; // The SVG does where no PNG can be made.
    }
    return bundle;
  }

  /** With a name for readers who cannot see it, and without control characters, which XML cannot even escape. */
  async #drawn(scheme: Scheme): Promise<string> {
    const svg = intoRoot(await this.draw(scheme), { role: 'img', 'aria-label': escapeXml(this.toString()) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return svg.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
  }

  async #paint(theme: Theme = this.theme, options: { opaque: boolean }): Promise<string> {
    return checkTheme(theme) === 'auto'
      ? adaptive(await this.#drawn('light'), options)
      : grounded(await this.#drawn(theme as Scheme), theme as Scheme);
  }
}

/** @throws ArgumentError for what is no theme */
export function checkTheme(theme: unknown): Theme {
  if (theme === 'light' || theme === 'dark' || theme === 'auto') return theme;
  throw new ArgumentError({ op: 'theme', got: String(theme), want: 'light, dark or auto' });
}

/** The bytes as a media bundle carries them. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // As arguments of one call there may be only so many.
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

function asText(content: string | object): string {
  return typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
}

/** @throws ArgumentError for what is no path */
function extensionOf(path: unknown): string {
  if (typeof path !== 'string')
    throw new ArgumentError({ op: 'save', got: typeof path, want: 'a path, such as loss.svg' });
  return /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? '';
}
