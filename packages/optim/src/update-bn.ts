import { ArgumentError, noGrad, type Tensor } from '@retrograd/core';

/** A model whose layers can be looked through; every module of `nn` can. */
export interface Walkable {
  training: boolean;
  modules(): Iterable<object>;
  train(mode?: boolean): unknown;
  forward(x: Tensor): unknown;
}

/** A layer that keeps running statistics. */
interface Norm {
  momentum: number | null;
  running_mean: Tensor;
  running_var: Tensor;
  num_batches_tracked: Tensor;
}

/**
 * Computes the running statistics of batch norms anew, as the means over all batches of some data: those of averaged
 * weights have not been met in training.
 *
 * @param loader Batches: tensors, or arrays whose first element is the input.
 *
 * @example
 * ```ts
 * await updateBn(loader, averaged.module);
 * ```
 */
export async function updateBn(
  loader: Iterable<unknown> | AsyncIterable<unknown>,
  model: Walkable,
): Promise<void> {
  if (typeof model?.modules !== 'function' || typeof model.forward !== 'function')
    throw new ArgumentError({ op: 'updateBn', got: String(model), want: 'a module' });
  const norms = [...model.modules()].filter(isNorm);
  if (norms.length === 0) return;
  const before = { training: model.training, momenta: norms.map(({ momentum }) => momentum) };
  noGrad(() => {
    for (const norm of norms) reset(norm);
  });
  model.train(true);
  try {
    for await (const batch of loader) {
      const input = (Array.isArray(batch) ? batch[0] : batch) as Tensor;
      noGrad(() => void model.forward(input));
    }
  } finally {
    for (const [i, norm] of norms.entries()) norm.momentum = before.momenta[i] ?? null;
    model.train(before.training);
  }
}

function isNorm(module: object): module is Norm {
  const { running_mean, num_batches_tracked }: Partial<Norm> = module;
  return Boolean(running_mean && num_batches_tracked);
}

/** Begins anew; without a momentum, all batches count the same. */
function reset(norm: Norm): void {
  norm.running_mean.zero_();
  norm.running_var.fill_(1);
  norm.num_batches_tracked.zero_();
  norm.momentum = null;
}
