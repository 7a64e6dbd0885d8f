import { tensorMatchers } from '@retrograd/core/testing';
import * as fc from 'fast-check';
import { expect } from 'vitest';

expect.extend(tensorMatchers);

// Properties are tried on other cases each time, so that more and more are seen; where a verdict must not depend on the
// day, on the same ones.
const { RETROGRAD_SEED: seed } = process.env;
if (seed) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
