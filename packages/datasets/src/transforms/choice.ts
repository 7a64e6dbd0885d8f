import { multinomial, type Optional, optional, randperm, tensor } from '@retrograd/core';
import { checkGenerator } from '../options.ts';
import { checkProbability, happens, type RandomTransformOptions, refuse } from './parameters.ts';
import { applied, checkTransform, compose, random, type Transform } from './transform.ts';

export interface RandomApplyOptions extends RandomTransformOptions {
  /** How likely the transforms are applied. Default 0.5. */
  p?: number | undefined;
}

const order = ['p'] as const;

function checkList(op: string, transforms: readonly Transform[]): readonly Transform[] {
  if (!Array.isArray(transforms) || transforms.length === 0)
    refuse(op, 'transforms', typeof transforms, 'a list of at least one transform');
  return transforms.map((transform) => checkTransform(op, transform));
}

/** All of several transforms, or none: as torchvision decides, for the same seed. */
export function randomApply(
  transforms: readonly Transform[],
  ...rest: Optional<RandomApplyOptions, typeof order>
): Transform {
  const op = 'randomApply';
  const { p = 0.5, generator } = optional<RandomApplyOptions>(op, rest, order, ['generator']);
  const chain = compose(...checkList(op, transforms));
  checkProbability(op, p);
  checkGenerator(op, generator);
  return random((images) => (happens(p, generator) ? chain(images) : images));
}

export interface RandomChoiceOptions extends RandomTransformOptions {
  /** How likely each transform is, in proportion. Default: all alike. */
  p?: readonly number[] | undefined;
}

/** One of several transforms. torchvision draws it from Python's own generator, so its choices are others. */
export function randomChoice(
  transforms: readonly Transform[],
  ...rest: Optional<RandomChoiceOptions, typeof order>
): Transform {
  const op = 'randomChoice';
  const { p, generator } = optional<RandomChoiceOptions>(op, rest, order, ['generator']);
  const list = checkList(op, transforms);
  checkGenerator(op, generator);
  const weights = p ?? list.map(() => 1);
  const isOne = (weight: unknown) => typeof weight === 'number' && weight >= 0 && weight < Infinity;
  if (
    !Array.isArray(weights) ||
    weights.length !== list.length ||
    !weights.every(isOne) ||
    !weights.some(Boolean)
  )
    refuse(op, 'p', p, `${list.length} numbers ≥ 0, one of them above 0`);
  const likelihoods = tensor(weights, { dtype: 'float64' });
  return random((images) => {
    const place = multinomial(likelihoods, 1, { generator }).item() as number;
    return applied(list[place] as Transform, images);
  });
}

/** Several transforms in random order. torchvision draws it from Python's own generator, so its orders are others. */
export function randomOrder(
  transforms: readonly Transform[],
  options: RandomTransformOptions = {},
): Transform {
  const op = 'randomOrder';
  const { generator } = optional<RandomTransformOptions>(op, [options], [], ['generator']);
  const list = checkList(op, transforms);
  checkGenerator(op, generator);
  return random((images) =>
    Array.from(randperm(list.length, { generator }).data).reduce(
      (result, place) => applied(list[place] as Transform, result),
      images,
    ),
  );
}
