import type { I32 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { i32 } from '../assembler/instructions.ts';

/** How often the loop over taps is unrolled that come in no turns: each time around V8 looks whether it was interrupted. */
const tapsAtOnce = 6;

/** How taps follow each other, if they come in turns that are alike but for where they begin. */
export interface Turn {
  /** Bytes from the first tap of a turn to each; none if there is no such thing. */
  readonly offsets: readonly number[];
  /** Whether every vector reads one turn and no more. */
  readonly isAll: boolean;
}

/** What goes through taps, each of which has a word in a table and `weightBytes` of weights. */
export interface Walk {
  /** Address of the next tap's word. */
  readonly taps: Local<'i32'>;
  /** Address of the next tap's weights. */
  readonly weights: Local<'i32'>;
  readonly weightBytes: number;
  /** From which tap to which each vector reads. */
  readonly ranges: readonly { readonly first: I32; readonly end: I32 }[];
  /** Goes to where the next tap is. */
  goTo(): void;
  /** Multiplies by the tap that is so many bytes from there. */
  multiply(further: number): void;
}

/** Goes through the taps that any of the vectors reads, as far as they come in turns without a look at the table. */
export function throughTaps(f: FunctionBuilder, turn: Turn, walk: Walk): void {
  const { taps, weights, weightBytes } = walk;
  const multiply = (further: number) => {
    walk.multiply(further);
    f.increase(weights, weightBytes);
  };
  const wholeTurn = () => {
    walk.goTo();
    for (const [i, further] of turn.offsets.entries()) {
      // A way out keeps V8 from moving all loads to the front, which takes more registers than it has. No address is 0.
      if (i > 0) f.leaveIf(i32.eqz(weights));
      multiply(further);
    }
  };
  if (turn.isAll) {
    f.once(wholeTurn);
    return;
  }
  const tapsEnd = toRange(f, walk);
  const turnBytes = 4 * turn.offsets.length;
  if (turnBytes > 0) {
    const lastTurn = f.let(i32.sub(tapsEnd, turnBytes));
    f.while(i32.geU(lastTurn, taps), () => {
      wholeTurn();
      f.increase(taps, turnBytes);
    });
  }
  f.while(i32.ltU(taps, tapsEnd), () => {
    for (let i = 0; i < (turnBytes > 0 ? 1 : tapsAtOnce); i++) {
      if (i > 0) f.leaveIf(i32.geU(taps, tapsEnd));
      walk.goTo();
      multiply(0);
      f.increase(taps, 4);
    }
  });
}

/** Moves to the first tap that any of the vectors reads. @returns where the words of all of them end */
function toRange(f: FunctionBuilder, { taps, weights, weightBytes, ranges }: Walk): I32 {
  const [firstTap, endTap] = [f.local('i32'), f.local('i32')];
  for (const [j, range] of ranges.entries()) {
    const [first, end] = [f.let(range.first), f.let(range.end)];
    f.set(firstTap, j === 0 ? first : i32.select(i32.lt(first, firstTap), first, firstTap));
    f.set(endTap, j === 0 ? end : i32.select(i32.gt(end, endTap), end, endTap));
  }
  const tapsEnd = f.let(i32.add(taps, i32.shl(endTap, 2)));
  f.increase(taps, i32.shl(firstTap, 2));
  f.increase(weights, i32.mul(firstTap, weightBytes));
  return tapsEnd;
}
