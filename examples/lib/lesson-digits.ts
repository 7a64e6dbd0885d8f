import { MissingFilesError, MNIST, StrokeDigits } from '@retrograd/datasets';
import { type Digits, first } from './digits.ts';
import { number } from './lesson.ts';

/**
 * Digits for a lesson: the first of MNIST where its files are on this machine, drawn ones elsewhere. Nothing is
 * downloaded, and a line says which they are.
 *
 * @example
 * ```ts
 * const { train, test } = await lessonDigits({ train: 4000, test: 1000 });
 * const [images, labels] = test.getBatch([0, 1, 2]); // (3, 1, 28, 28) from 0 to 1, and (3,)
 * ```
 */
export async function lessonDigits({ train = 2000, test = 500 } = {}): Promise<Digits> {
  const real = await mnistHere(train, test);
  const digits = real ?? {
    train: new StrokeDigits({ size: train }),
    test: new StrokeDigits({ size: test, train: false }),
  };
  const sizes = `${number(digits.train.length)} to learn from, ${number(digits.test.length)} to be tested on`;
  console.log(`Digits ${real ? 'of MNIST' : 'drawn by a program'}: ${sizes}`);
  return digits;
}

async function mnistHere(train: number, test: number): Promise<Digits | undefined> {
  try {
    return {
      train: first(await MNIST.load({ download: false }), train),
      test: first(await MNIST.load({ download: false, train: false }), test),
    };
  } catch (error) {
    if (error instanceof MissingFilesError) return undefined;
    throw error;
  }
}
