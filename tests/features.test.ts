import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { features } from './features/page.ts';

it('FEATURES.md says what is there', () => {
  const page = readFileSync(new URL('../FEATURES.md', import.meta.url), 'utf8');
  expect(page, 'run `npx pnpm@10 features`').toBe(features());
});
