import type { Tensor } from '@retrograd/core';
import { channelShuffle, pixelShuffle, pixelUnshuffle } from './functional/pixels.ts';
import { Module } from './module.ts';
import { extra } from './repr.ts';

/** Channels to pixels: `(…, C·r², H, W) → (…, C, H·r, W·r)` (Shi et al., 2016). */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = upscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }

  override extraRepr(): string {
    return extra([], { upscaleFactor: this.upscaleFactor });
  }
}

/** Pixels to channels: `(…, C, H·r, W·r) → (…, C·r², H, W)`. */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = downscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  override extraRepr(): string {
    return extra([], { downscaleFactor: this.downscaleFactor });
  }
}

/** The channels of `(N, C, …)` dealt out from `groups` equal piles in turn (Zhang et al., 2018). */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    this.groups = groups;
  }

  override forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  override extraRepr(): string {
    return extra([], { groups: this.groups });
  }
}
