import { tensorMatchers } from '@retrograd/core/testing';
import { expect } from 'vitest';

expect.extend(tensorMatchers);
