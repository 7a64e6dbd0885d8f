import type { I32, Int } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32, i32 } from '../assembler/instructions.ts';

/** Images and weights of a correlation of stride 1, with strides in bytes. */
type Operands = Record<
  | 'x'
  | 'xImageStride'
  | 'xChannelStride'
  | 'xRowStride'
  | 'height'
  | 'width'
  | 'top'
  | 'left'
  | 'channels'
  | 'w'
  | 'wOutStride'
  | 'wChannelStride'
  | 'wRowStride'
  | 'wColumnStride'
  | 'outRowStride',
  Local<'i32'>
>;

/** Some outputs of one or two rows. */
interface Outputs {
  readonly image: I32;
  readonly outChannel: I32;
  readonly biasAt: I32;
  readonly row: I32;
  readonly column: I32;
  /** Where they go. */
  readonly place: I32;
  /** How many there are in a row. */
  readonly count: I32;
  readonly hasSecond: I32;
}

/** Computes outputs of 3 × 3 taps one by one, in plain arithmetic. */
export function windowByWindow(
  f: FunctionBuilder,
  args: Operands,
  { image, outChannel, biasAt, row, column, place, count, hasSecond }: Outputs,
): void {
  const images = f.let(i32.add(args.x, i32.mul(image, args.xImageStride)));
  const weights = f.let(i32.add(args.w, i32.mul(outChannel, args.wOutStride)));
  const sum = f.local('f32');
  const [i, j] = [f.local('i32'), f.local('i32')];
  const [tapRow, tapColumn, channel] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const forEach = (counter: Local<'i32'>, limit: Int, inside: () => void) => {
    f.set(counter, i32.const(0));
    f.countUp(counter, limit, 1, inside);
  };
  forEach(i, i32.add(hasSecond, 1), () =>
    forEach(j, count, () => {
      f.set(sum, f32.load(biasAt));
      forEach(tapRow, 3, () =>
        forEach(tapColumn, 3, () => {
          const y = f.let(i32.sub(i32.add(i32.add(row, i), tapRow), args.top));
          const x = f.let(i32.sub(i32.add(i32.add(column, j), tapColumn), args.left));
          f.if(i32.and(i32.ltU(y, args.height), i32.ltU(x, args.width)), () => {
            const xAt = f.let(i32.add(images, i32.add(i32.mul(y, args.xRowStride), i32.shl(x, 2))));
            const wOffset = i32.add(i32.mul(tapRow, args.wRowStride), i32.mul(tapColumn, args.wColumnStride));
            const wAt = f.let(i32.add(weights, wOffset));
            forEach(channel, args.channels, () => {
              f.set(sum, f32.add(sum, f32.mul(f32.load(xAt), f32.load(wAt))));
              f.increase(xAt, args.xChannelStride);
              f.increase(wAt, args.wChannelStride);
            });
          });
        }),
      );
      f.emit(f32.store(i32.add(place, i32.add(i32.mul(i, args.outRowStride), i32.shl(j, 2))), sum));
    }),
  );
}
