import { MemoryError, memoryStats, ones, setMemoryLimits } from '@retrograd/core';

/** Asks for more than a hard limit allows, and goes on. Prints what the error says, and what comes after it. */
setMemoryLimits({ hard: 4 * 2 ** 20 });
const kept = ones(1000);
let complaint: unknown;
try {
  kept.expand(2000, 1000).exp();
} catch (error) {
  if (!(error instanceof MemoryError)) throw error;
  const { name, op, got, want, fix } = error;
  complaint = { name, op, got, want, fix };
}
const after = kept.add(1).sum().item();
console.log(JSON.stringify({ complaint, after, reserved: memoryStats().reserved }));
