import { writeFileSync } from 'node:fs';
import { features } from './page.ts';

writeFileSync(new URL('../../FEATURES.md', import.meta.url), features());
