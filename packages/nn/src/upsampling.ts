import {
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  type Optional,
  optional,
  type PerDim,
  type Tensor,
} from '@retrograd/core';
import { Module } from './module.ts';
import { extra, pythonFloat } from './repr.ts';

export type UpsampleOptions = Omit<InterpolateOptions, 'antialias'>;

const order = ['size', 'scaleFactor', 'mode', 'alignCorners', 'recomputeScaleFactor'] as const;

/**
 * Signals `(N, C, L)`, images `(N, C, H, W)` or volumes `(N, C, D, H, W)` in another size, by `interpolate`.
 *
 * @example
 * ```ts
 * new nn.Upsample({ scaleFactor: 2 });
 * new nn.Upsample({ size: [32, 32], mode: 'bilinear', alignCorners: true });
 * ```
 */
export class Upsample extends Module {
  readonly size: PerDim | null;
  readonly scaleFactor: PerDim | null;
  readonly mode: InterpolateMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;

  constructor(...rest: Optional<UpsampleOptions, typeof order>) {
    super();
    const options = optional<UpsampleOptions>(new.target.name, rest, order);
    this.size = options.size ?? null;
    this.scaleFactor = options.scaleFactor ?? null;
    this.mode = options.mode ?? 'nearest';
    this.alignCorners = options.alignCorners ?? null;
    this.recomputeScaleFactor = options.recomputeScaleFactor ?? null;
  }

  override forward(x: Tensor): Tensor {
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    return interpolate(x, { size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }

  override extraRepr(): string {
    const { size, scaleFactor } = this;
    const shown = Array.isArray(scaleFactor)
      ? `(${scaleFactor.map(pythonFloat).join(', ')}${scaleFactor.length === 1 ? ',' : ''})`
      : scaleFactor !== null && pythonFloat(scaleFactor as number);
    return extra([], { ...(shown ? { scaleFactor: shown } : { size }), mode: this.mode });
  }
}

const sizeOrder = ['size', 'scaleFactor'] as const;
type SizeOptions = Pick<UpsampleOptions, (typeof sizeOrder)[number]>;
type SizeRest = Optional<SizeOptions, typeof sizeOrder>;

/** `Upsample` of images in mode `'nearest'`. */
export class UpsamplingNearest2d extends Upsample {
  constructor(...rest: SizeRest) {
    super({ ...optional<SizeOptions>(new.target.name, rest, sizeOrder), mode: 'nearest' });
  }
}

/** `Upsample` of images in mode `'bilinear'`, with aligned corners. */
export class UpsamplingBilinear2d extends Upsample {
  constructor(...rest: SizeRest) {
    const options = optional<SizeOptions>(new.target.name, rest, sizeOrder);
    super({ ...options, mode: 'bilinear', alignCorners: true });
  }
}
