/** The lines of the recording, as its README describes them. */

/** A number, string, truth value, `None` (null), a list, or one of the tagged objects below. */
export type Recorded = number | string | boolean | null | readonly Recorded[] | Tagged;

export interface RecordedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly storage_offset?: number;
  readonly requires_grad?: boolean;
  /** In row-major order, whatever the strides. */
  readonly data: readonly (number | string)[];
}

export interface Tagged {
  readonly tensor?: RecordedTensor;
  readonly tuple?: readonly Recorded[];
  /** A Python float of a whole value, or not finite. */
  readonly float?: number | string;
  readonly int?: string;
  readonly dtype?: string;
  readonly device?: string;
  readonly memory_format?: string;
  readonly layout?: string;
  readonly slice?: readonly (number | null)[];
  readonly ellipsis?: true;
  readonly dict?: Readonly<Record<string, Recorded>>;
}

export interface TorchCase {
  readonly id: string;
  readonly kind: 'forward' | 'forward_backward' | 'error';
  /** The public name after `torch.`. */
  readonly op: string;
  readonly dtype: string;
  readonly source?: string;
  /** Other spellings of the same call. */
  readonly also?: readonly string[];
  readonly args: readonly Recorded[];
  readonly kwargs: Readonly<Record<string, Recorded>>;
  readonly output?: Recorded;
  /** What the call changed in place, by path. */
  readonly inputs_after?: Readonly<Record<string, Recorded>>;
  /** By path: `output`, `output.0` … */
  readonly cotangents?: Readonly<Record<string, Recorded>>;
  /** By path: `args.0`, `args.0.1`, `kwargs.weight` …; null where autograd gave None. */
  readonly grads?: Readonly<Record<string, Recorded>>;
  /** The noise of a float32 expectation itself. */
  readonly f32_maxabs_err?: Readonly<{ output?: number; grads?: number }>;
  readonly flags?: readonly string[];
  /** How far the recorded gradient is from central differences. */
  readonly fd_relerr?: number;
}
