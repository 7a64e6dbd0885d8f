import { arange, type Tensor, tensor, where } from '@retrograd/core';

type Colour = readonly [red: number, green: number, blue: number];

/**
 * A picture to look at, made in code: a house on a meadow under the sun. `(3, size, size)`, from 0 to 1.
 *
 * It has what filters answer to: level edges, upright ones, slanted ones, a round one, and smooth ground.
 */
export function scene(size = 64): Tensor {
  // Coordinates from 0 to 1 at the pixels' middles; a row and a column, which broadcast to a plane.
  const x = arange(size).add(0.5).div(size);
  const y = x.reshape([size, 1]);
  const between = (t: Tensor, from: number, to: number) => t.ge(from).logicalAnd(t.lt(to));
  const box = (left: number, top: number, right: number, bottom: number) =>
    between(x, left, right).logicalAnd(between(y, top, bottom));
  const disc = (cx: number, cy: number, radius: number) =>
    x
      .sub(cx)
      .square()
      .add(y.sub(cy).square())
      .lt(radius ** 2);
  const gable = (apex: number, top: number, bottom: number, slope: number) =>
    between(y, top, bottom).logicalAnd(x.sub(apex).abs().lt(y.sub(top).mul(slope)));

  const painted: readonly (readonly [Tensor, Colour])[] = [
    [disc(0.8, 0.2, 0.11), [1, 0.84, 0.2]],
    [y.ge(0.75), [0.36, 0.62, 0.3]],
    [box(0.2, 0.45, 0.64, 0.85), [0.93, 0.87, 0.76]],
    [gable(0.42, 0.22, 0.45, 1.2), [0.72, 0.26, 0.2]],
    [box(0.28, 0.58, 0.38, 0.85), [0.42, 0.27, 0.17]],
    [box(0.46, 0.55, 0.57, 0.67), [0.2, 0.34, 0.55]],
  ];
  const sky = y
    .mul(tensor([0.45, 0.3, 0.1]).reshape([3, 1, 1]))
    .add(column([0.35, 0.6, 0.9]))
    .expand([3, size, size]);
  return painted.reduce((image, [mask, colour]) => where(mask, column(colour), image), sky);
}

/** A colour that broadcasts over an image. */
function column(colour: Colour): Tensor {
  return tensor([...colour]).reshape([3, 1, 1]);
}

/** How bright an image is: its three channels, weighed as the eye weighs them (ITU-R BT.601). `(3, H, W)` → `(H, W)` */
export function grey(image: Tensor): Tensor {
  return image.mul(column([0.299, 0.587, 0.114])).sum(0);
}
