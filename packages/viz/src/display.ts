import { Tensor } from '@retrograd/core';
import { Module } from '@retrograd/nn';
import { Optimizer } from '@retrograd/optim';
import { ModuleSummary } from './display/module.ts';
import { optimizerBundle } from './display/optimizer.ts';
import { tensorBundle } from './display/tensor.ts';
import { jupyterDisplay, type MimeBundle } from './picture.ts';

/**
 * How tensors, modules (losses are some) and optimisers show themselves in notebooks. The packages below know nothing
 * of notebooks: to import this one gives their classes the method that Deno's Jupyter kernel looks for.
 */
displays(Tensor, tensorBundle);
displays(Module, (module) => new ModuleSummary(module)[jupyterDisplay]());
displays(Optimizer, optimizerBundle);

function displays<T>(
  type: { readonly prototype: T },
  bundle: (value: T) => MimeBundle | Promise<MimeBundle>,
): void {
  Object.defineProperty(type.prototype, jupyterDisplay, {
    async value(this: T): Promise<MimeBundle> {
      return bundle(this);
    },
    configurable: true,
    writable: true,
  });
}

/** What a value shows of itself in notebooks; `null` if it shows nothing. */
export function displayOf(value: unknown): (() => Promise<MimeBundle>) | null {
  if (typeof value !== 'object' || value === null) return null;
  const display: unknown = Reflect.get(value, jupyterDisplay);
  return typeof display === 'function' ? async () => display.call(value) : null;
}
