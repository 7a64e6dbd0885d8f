import { type Optional, optional } from '@retrograd/core';
import { type InplaceOptions, inplaceOrder } from '../functional/activation/in-place.ts';
import { Module } from '../module.ts';

/** An activation that has no argument but whether it writes its result over its input. */
export abstract class InplaceActivation extends Module {
  readonly inplace: boolean;

  /** `new nn.ReLU(true)` or `new nn.ReLU({ inplace: true })`. */
  constructor(...rest: Optional<InplaceOptions, typeof inplaceOrder>) {
    super();
    this.inplace = optional<InplaceOptions>(new.target.name, rest, inplaceOrder).inplace ?? false;
  }

  override extraRepr(): string {
    return inplaceOnly(this);
  }
}

/** How PyTorch prints `inplace`: not at all if it is false. */
export function inplaceOnly({ inplace }: { inplace: boolean }): string {
  return inplace ? 'inplace=True' : '';
}

/** The same behind other arguments. */
export function withInplace(others: string, module: { inplace: boolean }): string {
  return [others, inplaceOnly(module)].filter(Boolean).join(', ');
}
