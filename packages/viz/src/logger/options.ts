import { ArgumentError, checkOptions } from '@retrograd/core';
import { notebook } from '../notebook.ts';
import type { Output } from './progress-lines.ts';

export interface LoggerOptions {
  /**
   * The folder of an event file, which TensorBoard opens: `tensorboard --logdir runs`. Give each run a sub-folder of its
   * own, such as `runs/first`. Default: no file is written.
   */
  dir?: string | undefined;
  /** Show how far things are: a bar in a terminal, lines elsewhere, and a plot in a notebook. Default `true`. */
  progress?: boolean | undefined;
  /** Where the bar or the lines go. Default `process.stdout`; in a browser or a notebook `console.log`. */
  output?: Output | undefined;
}

/** The options, complete. @throws ArgumentError for those that make no sense */
export function checkLoggerOptions(
  options: LoggerOptions,
): LoggerOptions & { progress: boolean; output: Output } {
  const op = 'Logger';
  checkOptions(op, options, ['dir', 'progress', 'output']);
  const { dir, progress = true, output = defaultOutput() } = options;
  if (dir !== undefined && (typeof dir !== 'string' || dir === ''))
    throw new ArgumentError({
      op,
      got: dir === '' ? 'an empty dir' : `dir of type ${typeof dir}`,
      want: 'a path',
    });
  if (typeof progress !== 'boolean')
    throw new ArgumentError({ op, got: `progress of type ${typeof progress}`, want: 'true or false' });
  if (typeof output?.write !== 'function')
    throw new ArgumentError({
      op,
      got: 'an output without write()',
      want: 'a stream such as process.stdout',
    });
  return { dir, progress, output };
}

/** A notebook shows what goes to the console; what goes to `stdout` it does not see. */
function defaultOutput(): Output {
  const stdout = typeof process === 'undefined' ? undefined : process.stdout;
  if (stdout !== undefined && notebook() === undefined) return stdout;
  return { write: (text) => console.log(text.replace(/\n$/, '')) };
}
