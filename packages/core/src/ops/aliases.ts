/** Second names that PyTorch has for an op, among them NumPy's: one row each, and all are methods too. */

export * from './elementwise-aliases.ts';
export { movedim as moveaxis, transpose as swapaxes, transpose as swapdims } from './rearranging.ts';
