import { smoke } from './smoke.ts';

console.log((await smoke()).join('\n'));
