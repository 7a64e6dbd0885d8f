import { smoke } from './smoke.ts';

for (const line of await smoke()) console.log(line);
