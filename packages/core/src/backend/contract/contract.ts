import { describe } from 'vitest';
import type { Backend } from '../backend.ts';
import { addScaledContract } from './add-scaled.ts';
import { correlateContract } from './correlate.ts';
import { cumulativeContract } from './cumulative.ts';
import { elementwiseContract } from './elementwise.ts';
import { factorizeContract } from './factorize.ts';
import { fusedContract } from './fused.ts';
import { gatherContract } from './gather.ts';
import { matmulContract } from './matmul.ts';
import { memoryContract } from './memory.ts';
import { poolContract } from './pool.ts';
import { pooledReluContract } from './pooled-relu.ts';
import { reduceContract } from './reduce.ts';
import { softmaxContract } from './softmax.ts';
import { sortContract } from './sort.ts';
import { sparseContract } from './sparse.ts';
import { whereContract } from './where.ts';

const families: Readonly<Record<string, (backend: Backend) => void>> = {
  memory: memoryContract,
  elementwise: elementwiseContract,
  addScaled: addScaledContract,
  where: whereContract,
  fused: fusedContract,
  reduce: reduceContract,
  cumulative: cumulativeContract,
  sort: sortContract,
  softmax: softmaxContract,
  matmul: matmulContract,
  factorize: factorizeContract,
  correlate: correlateContract,
  sparse: sparseContract,
  pool: poolContract,
  pooledRelu: pooledReluContract,
  gather: gatherContract,
};

/**
 * What every backend must do, as tests: each kernel against a slow and obvious one, in every dtype and every layout,
 * with nothing written but the output. Call it in a test file of the backend's.
 */
export function backendContract(backend: Backend): void {
  describe.each(Object.entries(families))(`${backend.name}: %s`, (_, family) => family(backend));
}
