/** What an error has to say: the op, what it got, what it wanted, and how to mend it. */
export interface Complaint {
  /** The op that refused, by its public name. */
  readonly op: string;
  /** What was given. */
  readonly got: string;
  /** What would have been accepted. */
  readonly want: string;
  /** What to do about it. */
  readonly fix?: string;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * The base of every error that retrograd throws on purpose.
 *
 * @example
 * ```ts
 * try { matmul(a, b); } catch (error) {
 *   if (error instanceof RetrogradError) console.log(error.op, error.got, error.want);
 * }
 * ```
 */
export class RetrogradError extends Error {
  // In so many words: bundlers give classes other names.
  override name = 'RetrogradError';
  readonly op: string;
  readonly got: string;
  readonly want: string;
  readonly fix: string | undefined;

  constructor({ op, got, want, fix, cause }: Complaint) {
    super(`${op}: got ${got}; wanted ${want}.${fix ? ` ${fix}` : ''}`, cause === undefined ? {} : { cause });
    this.op = op;
    this.got = got;
    this.want = want;
    this.fix = fix;
  }
}

/** Shapes, dims or strides that do not fit the op. */
export class ShapeError extends RetrogradError {
  override name = 'ShapeError';
}

/** A dtype that the op does not take. */
export class DTypeError extends RetrogradError {
  override name = 'DTypeError';
}

/** An index outside its dimension. */
export class IndexError extends RetrogradError {
  override name = 'IndexError';
}

/** A gradient that cannot be computed, or that would be wrong. */
export class GradError extends RetrogradError {
  override name = 'GradError';
}

/** Any other argument that makes no sense: an unknown option, a value out of its range, a wrong type. */
export class ArgumentError extends RetrogradError {
  override name = 'ArgumentError';
}

/** More memory than there is, or than the limits allow. */
export class MemoryError extends RetrogradError {
  override name = 'MemoryError';
}

/** A backend that could not do its work, through no fault of the arguments. */
export class BackendError extends RetrogradError {
  override name = 'BackendError';
}

/** Data that is missing, broken, or not what it says it is. */
export class DatasetError extends RetrogradError {
  override name = 'DatasetError';
}

/** A file that cannot be read or written; `cause` is the platform’s own error, with its `code`. */
export class FileError extends RetrogradError {
  override name = 'FileError';
}
