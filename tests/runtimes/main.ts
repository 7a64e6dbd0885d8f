import { files } from './files.ts';
import { smoke } from './smoke.ts';

console.log([...(await smoke()), ...(await files())].join('\n'));
