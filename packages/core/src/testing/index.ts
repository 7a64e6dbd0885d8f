import '../methods.ts';

export type { Sample, SampleInput } from '../autograd/primitive.ts';
export { primitives } from '../primitives/table.ts';
export * from './arbitraries.ts';
export { type Layout, laidOut, layouts } from './layouts.ts';
export {
  type ExpectedTensor,
  type TensorMatchers,
  type Tolerance,
  tensorEquality,
  tensorMatchers,
} from './matchers.ts';
export { inputsOf } from './samples.ts';
