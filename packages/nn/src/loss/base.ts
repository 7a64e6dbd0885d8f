import { checkReduction, type Reduction } from '../functional/loss/reduction.ts';
import { Module } from '../module.ts';

/** What every loss has; weights are buffers, as in PyTorch. */
export abstract class Loss extends Module {
  readonly reduction: Reduction;

  constructor(reduction?: Reduction) {
    super();
    this.reduction = checkReduction(new.target.name, reduction);
  }
}
