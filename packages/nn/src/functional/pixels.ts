import { ArgumentError, checkTensor, numelOf, ShapeError, showShape, type Tensor } from '@retrograd/core';

// Elements that change places between channels and planes.

/** @throws ArgumentError unless a factor is whole, and ShapeError unless there are planes */
function checkPlanes(
  op: string,
  x: Tensor,
  factor: number,
): readonly [lead: number[], c: number, h: number, w: number] {
  if (!Number.isSafeInteger(factor) || factor < 1)
    throw new ArgumentError({ op, got: `a factor of ${factor}`, want: 'a whole number ≥ 1' });
  if (checkTensor(op, x).ndim < 3)
    throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: '(…, C, H, W)' });
  const [c, h, w] = x.shape.slice(-3) as [number, number, number];
  return [x.shape.slice(0, -3), c, h, w];
}

function misfit(op: string, x: Tensor, want: string): ShapeError {
  return new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want });
}

/** Channels to pixels, `(…, C·r², H, W) → (…, C, H·r, W·r)` (Shi et al., 2016). */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  const [op, r] = ['pixelShuffle', upscaleFactor];
  const [lead, c, h, w] = checkPlanes(op, x, r);
  if (c % (r * r) !== 0) throw misfit(op, x, `a number of channels that ${r * r} divides`);
  const channels = c / (r * r);
  return x
    .reshape(numelOf(lead), channels, r, r, h, w)
    .permute(0, 1, 4, 2, 5, 3)
    .reshape([...lead, channels, h * r, w * r]);
}

/** Pixels to channels, `(…, C, H·r, W·r) → (…, C·r², H, W)`: undoes `pixelShuffle`. */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  const [op, r] = ['pixelUnshuffle', downscaleFactor];
  const [lead, c, h, w] = checkPlanes(op, x, r);
  if (h % r !== 0 || w % r !== 0) throw misfit(op, x, `planes whose sizes ${r} divides`);
  return x
    .reshape(numelOf(lead), c, h / r, r, w / r, r)
    .permute(0, 1, 3, 5, 2, 4)
    .reshape([...lead, c * r * r, h / r, w / r]);
}

/** The channels of `(N, C, …)` dealt out from `groups` equal piles in turn (Zhang et al., 2018). */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  const op = 'channelShuffle';
  if (checkTensor(op, x).ndim < 3) throw misfit(op, x, '(N, C, L, …)');
  const [batch, c, ...rest] = x.shape as readonly [number, number, ...number[]];
  if (!Number.isSafeInteger(groups) || groups < 1 || c % groups !== 0)
    throw new ArgumentError({ op, got: `${groups} groups of ${c} channels`, want: 'a divisor of them' });
  return x
    .reshape([batch, groups, c / groups, ...rest])
    .transpose(1, 2)
    .reshape(x.shape);
}
