import { describe, expect, it } from 'vitest';
import * as bessel from './bessel.ts';
import * as errorFunction from './error-function.ts';
import * as gamma from './gamma.ts';

const functions = { ...bessel, ...errorFunction, ...gamma };

/** Values to 15 digits, from arithmetic of 60, at both sides of where a function goes from one formula to another. */
const values: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>> = {
  lgamma: [
    [1e-10, 23.0258509298827],
    [0.3, 1.09579799481808],
    [0.999, 0.00057803853289138],
    [1.0001, -5.77133422204713e-5],
    [1.4616, -0.121486290035897],
    [2.001, 0.000423106734800117],
    [2.49, 0.27767586141517],
    [2.51, 0.291738915492868],
    [7.5, 7.53436423675873],
    [11.9, 17.2584774505955],
    [12.5, 18.7343475119364],
    [1000, 5905.22042320918],
    [1000000000000.0, 26631021115915.652],
    [-0.5, 1.26551212348465],
    [-2.3, 0.369566663455008],
    [-50.3, -148.298587913308],
  ],
  digamma: [
    [1e-10, -10000000000.577215],
    [0.3, -3.50252422220013],
    [1.46, -0.00158056198708345],
    [1.4616321449683622, -9.24126552172943e-17],
    [1.5, 0.0364899739785765],
    [5, 1.5061176684318],
    [12.5, 2.48519565127491],
    [1000000.0, 13.8155100579642],
    [-0.5, 0.0364899739785765],
    [-3.7, -0.845076858870419],
    [-50.3, 6.21041316785763],
  ],
  i0: [
    [0, 1.0],
    [1e-5, 1.000000000025],
    [0.5, 1.06348337074132],
    [5, 27.2398718236044],
    [29.9, 708478330489.015],
    [30.1, 862432920031.779],
    [300, 4.47584736793505e128],
    [712, 2.46841105776275e307],
    [-3, 4.88079258586502],
  ],
  i1: [
    [1e-5, 5.0000000000625e-6],
    [0.5, 0.257894305390896],
    [5, 24.3356421424505],
    [29.9, 696528308361.093],
    [30.1, 847983630191.541],
    [300, 4.46838138503695e128],
    [712, 2.46667701352462e307],
    [-3, -3.95337021740261],
  ],
  i0e: [
    [0.5, 0.64503527044915],
    [29.9, 0.0732692190460019],
    [30.1, 0.0730232941310609],
    [1000000.0, 0.000398942330269246],
  ],
  i1e: [
    [0.5, 0.156420803184872],
    [29.9, 0.0720333749118688],
    [30.1, 0.0717998543510143],
    [-1000000.0, -0.000398942130798031],
  ],
  erfcx: [
    [-5, 144009798674.66104],
    [-0.1, 1.12364335419921],
    [0.5, 0.615690344192926],
    [0.99, 0.430331213064148],
    [1.01, 0.4248668143112],
    [3, 0.17900115118139],
    [30, 0.0187958888614168],
    [100000000.0, 5.64189583547756e-9],
  ],
  ndtri: [
    [5e-324, -38.4674056171443],
    [1e-100, -21.2734535609653],
    [1e-9, -5.99780701500769],
    [0.0785, -1.41523365484736],
    [0.0787, -1.41387025814391],
    [0.3, -0.524400512708041],
    [0.5000001, 2.50662827331165e-7],
    [0.9, 1.2815515655446],
    [0.999999, 4.75342430881709],
  ],
  erfinv: [
    [1e-300, 8.86226925452758e-301],
    [1e-9, 8.86226925452758e-10],
    [0.1, 0.0888559904942577],
    [0.49, 0.465868600235057],
    [0.51, 0.488122050515959],
    [0.9, 1.16308715367667],
    [0.999999, 3.4589107372755],
    [0.9999999990686774, 4.32802827580095],
    [-0.7, -0.732869077959217],
    [0.9999999999999999, 5.86358474875517],
  ],
};

describe.each(Object.entries(values))('%s', (name, pairs) => {
  const f = functions[name as Exclude<keyof typeof functions, 'zeta'>];

  it.each(pairs)('of %f is %f', (x, y) => {
    // The root of digamma is no double: there the value is the rounding of the root.
    const slack = name === 'digamma' ? 1e-18 : 0;
    expect(Math.abs(f(x) - y)).toBeLessThanOrEqual(2e-14 * Math.abs(y) + slack);
  });

  it('of NaN is NaN', () => expect(f(Number.NaN)).toBe(Number.NaN));
});

describe('zeta', () => {
  it.each([
    [1.1, 0.5, 12.1038134956837],
    [1.5, 0.001, 31625.3869669119],
    [2, 1, 1.64493406684823],
    [3, 2, 0.202056903159594],
    [2.7, 11, 0.0107839704392473],
    [20, 1.46, 0.000516363655447681],
    [20, 100, 5.77981174490949e-40],
    [120.5, 12, 9.09259756662005e-131],
    [2, 100000000.0, 1.000000005e-8],
    [1.5, 1e300, 2e-150],
    [2, -0.5, 8.93480220054468],
    [3, -0.25, -61.3486833918312],
    [4, -3.7, 128.165774906811],
    [5, -1.5, 0.0130731666461138],
  ])('of %f and %f is %f', (s, q, y) => {
    expect(Math.abs(gamma.zeta(s, q) - y)).toBeLessThanOrEqual(2e-13 * Math.abs(y));
  });

  it('adds up to −q terms without stepping through them', () => {
    // Half of the sum over all whole n, π² / sin² πq, twice.
    expect(gamma.zeta(2, -1e15 + 0.5)).toBeCloseTo(Math.PI ** 2, 12);
  });

  it('has poles at the whole numbers up to 0, and powers of negative numbers are real only if they are whole', () => {
    expect([gamma.zeta(2, 0), gamma.zeta(3, -4), gamma.zeta(1, 2)]).toEqual([1 / 0, 1 / 0, 1 / 0]);
    expect([gamma.zeta(2.5, -0.5), gamma.zeta(0.5, 1)]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('at the ends', () => {
  it('gamma functions have their limits', () => {
    expect([0, -0, -3, 1 / 0, -1 / 0].map(gamma.lgamma)).toEqual([1 / 0, 1 / 0, 1 / 0, 1 / 0, 1 / 0]);
    expect([0, -0, -3, 1 / 0].map(gamma.digamma)).toEqual([-1 / 0, 1 / 0, Number.NaN, 1 / 0]);
  });

  it('Bessel functions grow beyond all numbers, and their scaled forms vanish', () => {
    expect([bessel.i0(800), bessel.i0(-1 / 0), bessel.i1(-800)]).toEqual([1 / 0, 1 / 0, -1 / 0]);
    expect([bessel.i0e(1 / 0), bessel.i1e(-1 / 0)]).toEqual([0, -0]);
  });

  it('erfinv is odd and infinite at ±1', () => {
    expect([-1, 1, 2, -0].map(errorFunction.erfinv)).toEqual([-1 / 0, 1 / 0, Number.NaN, -0]);
  });
});
