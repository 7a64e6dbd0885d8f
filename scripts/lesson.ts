/** Runs a lesson by its number: `npx pnpm@10 lesson 1`. */
import { pathToFileURL } from 'node:url';
import { lessons, root } from './lessons.ts';

const given = process.argv[2];
const found = lessons().find(({ number }) => number === Number(given));
if (found === undefined) {
  const list = lessons().map(({ name }) => `  ${name}`);
  console.error(`Usage: npx pnpm@10 lesson NUMBER [--full]\n\nLessons:\n${list.join('\n')}`);
  process.exitCode = 1;
} else {
  process.argv.splice(1, 2, root + found.script);
  await import(pathToFileURL(root + found.script).href);
}
