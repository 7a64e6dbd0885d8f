import { f32x4, i32, relaxedMadd, v128 } from '../packages/core/src/backend/wasm/assembler/instructions.ts';
import { assemble, memoryImport } from '../packages/core/src/backend/wasm/assembler/module.ts';
import { detectFeatures } from '../packages/core/src/backend/wasm/features.ts';
import { webAssembly } from '../packages/core/src/backend/wasm/webassembly.ts';

/** Sums in registers: enough for two multiply-adds a cycle, of which each takes four cycles. */
const sums = 12;
const timesPerCall = 20_000;
const flopsPerCall = timesPerCall * sums * 4 * 2;

/** What one thread can do in WebAssembly just now: 128-bit fused multiply-adds, without a load or a store. */
export class Ceiling {
  readonly #work = multiplyAdds();
  #best = 0;

  constructor() {
    this.measure(200); // until it is compiled
    this.#best = 0;
  }

  /** The highest rate ever measured, in GFLOPS. */
  get best(): number {
    return this.#best;
  }

  /** The median rate over so many milliseconds, in GFLOPS. */
  measure(milliseconds = 30): number {
    const rates: number[] = [];
    const until = performance.now() + milliseconds;
    do {
      const start = performance.now();
      this.#work(timesPerCall);
      rates.push(flopsPerCall / (performance.now() - start) / 1e6);
    } while (performance.now() < until);
    rates.sort((a, b) => a - b);
    this.#best = Math.max(this.#best, rates.at(-1) as number);
    return rates[rates.length >> 1] as number;
  }
}

function multiplyAdds(): (times: number) => void {
  if (webAssembly === undefined || !detectFeatures().relaxed) throw new Error('no fused multiply-adds here');
  const bytes = assemble(
    {
      work: (f) => {
        const times = f.param();
        const [x, y] = [f.let(f32x4.const(0.5)), f.let(f32x4.const(0.25))];
        const totals = Array.from({ length: sums }, () => f.let(f32x4.const(1)));
        const i = f.let(i32.const(0));
        f.countUp(i, times, 1, () => {
          for (const total of totals) f.set(total, relaxedMadd.f32(x, y, total));
        });
        for (const total of totals) f.emit(v128.store(i32.const(0), total));
      },
    },
    false,
  );
  const memory = new webAssembly.Memory({ initial: 1 });
  const { exports } = new webAssembly.Instance(new webAssembly.Module(bytes), {
    [memoryImport.module]: { [memoryImport.name]: memory },
  });
  return exports.work as (times: number) => void;
}
