import { stack, type Tensor } from '@retrograd/core';

/** What a map's greatest value looks like: orange. */
const orange = [1, 0.55, 0.05];

/** Ink in grey, and over it the positive part of a map in orange, up to its own greatest value. Both `(H, W)`. */
export function overlay(ink: Tensor, map: Tensor): Tensor {
  const heat = map.relu();
  const share = stepped(heat.div(heat.max().clamp(1e-6, Infinity)));
  const rest = share.neg().add(1);
  return stack(orange.map((light) => stepped(ink).mul(0.75).mul(rest).add(share.mul(light))));
}

/** In steps of a quarter, which are enough to the eye and make files half as large. */
function stepped(values: Tensor): Tensor {
  return values.mul(4).round().div(4);
}
