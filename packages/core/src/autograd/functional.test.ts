import { describe, expect, it } from 'vitest';
import { autograd, grad, gradcheck, matmul, randn, type Tensor, tensor, zeros } from '../index.ts';

const { hessian, hvp, jacobian, jvp, vhp, vjp } = autograd.functional;
const double = (values: number | number[] | number[][]) => tensor(values, { dtype: 'float64' });
const random = (...shape: number[]) => randn(shape, { dtype: 'float64' });

/** Central differences of a function of one tensor, a column for each element of the input. */
function differences(f: (x: Tensor) => Tensor, x: Tensor, eps = 1e-6): number[][] {
  const at = (i: number, step: number) =>
    f(tensor(Float64Array.from(x.data, (v, j) => v + (i === j ? step : 0))).reshape(x.shape)).data;
  const columns = Array.from({ length: x.numel }, (_, i) => [at(i, eps), at(i, -eps)] as const);
  return Array.from({ length: f(x).numel }, (_, o) =>
    columns.map(([up, down]) => ((up[o] as number) - (down[o] as number)) / (2 * eps)),
  );
}

const f = (x: Tensor) => x.pow(3).sin().mul(x.sum());

describe('jacobian', () => {
  it('agrees with differences, in the shape of the output and then of the input', () => {
    const x = random(2, 2);
    const [want, got] = [differences(f, x), jacobian(f, x)];
    expect(got.shape).toEqual([2, 2, 2, 2]);
    expect(got.reshape(4, 4)).toBeCloseToTensor(want, { atol: 1e-6, rtol: 1e-6 });
    expect(got.requiresGrad).toBe(false);
  });

  it('is an array of arrays for several inputs and outputs', () => {
    const [a, b] = [random(2, 3), random(3)];
    const [[ya, yb], [sa, sb]] = jacobian((p, q) => [matmul(p, q), q.sum()] as const, [a, b]);
    expect([ya, yb, sa, sb].map(({ shape }) => shape)).toEqual([[2, 2, 3], [2, 3], [2, 3], [3]]);
    expect(yb).toEqualTensor(a);
    expect(ya.select(0, 1)).toEqualTensor([[0, 0, 0], b.toArray() as number[]]);
    expect(sa).toEqualTensor(zeros([2, 3], { dtype: 'float64' }));
    expect(sb).toEqualTensor([1, 1, 1]);
  });

  it('takes what is empty and what is 0-d', () => {
    expect(jacobian((x) => x.exp(), zeros(0)).shape).toEqual([0, 0]);
    expect(jacobian((x) => x.mul(zeros(0).sum()), double([1])).shape).toEqual([1, 1]);
    expect(jacobian((x) => x.square(), double(3))).toEqualTensor(6);
    expect(jacobian((x) => x.narrow(0, 0, 0), double([1, 2])).shape).toEqual([0, 2]);
  });

  it('leaves the grad of its inputs alone, and reaches them with createGraph', () => {
    const x = double([1, 2]).requiresGrad_();
    const j = jacobian((y) => y.pow(3), x, { createGraph: true });
    expect(x.grad).toBeNull();
    // Σ 3x², whose gradient is 6x
    expect(grad(j.sum(), x)[0]).toEqualTensor([6, 12]);
    expect(gradcheck((y) => jacobian(f, y, true), random(2).requiresGrad_())).toBe(true);
  });

  it('gives zeros for what is independent, and throws with strict', () => {
    const idle = (x: Tensor, y: Tensor) => x.mul(y.detach());
    const [, dy] = jacobian(idle, [double([1, 2]), double([3, 4])]);
    expect(dy).toEqualTensor([
      [0, 0],
      [0, 0],
    ]);
    expect(() => jacobian(idle, [double([1, 2]), double([3, 4])], { strict: true })).toThrow(/input 1/);
    expect(() => jacobian(() => double([1]), double([1]), { strict: true })).toThrow(/output 0/);
    expect(jacobian(() => double([1]), double([1]))).toEqualTensor([[0]]);
  });
});

describe('vjp and jvp', () => {
  it('are the products with the Jacobian', () => {
    const [x, v] = [random(4), random(4)];
    const j = tensor(differences(f, x), { dtype: 'float64' });
    const close = { atol: 1e-6, rtol: 1e-6 };
    const [y, pulled] = vjp(f, x, v);
    expect(y).toEqualTensor(f(x));
    expect(pulled).toBeCloseToTensor(v.matmul(j), close);
    const [z, pushed] = jvp(f, x, v);
    expect(z).toEqualTensor(f(x));
    expect(pushed).toBeCloseToTensor(j.matmul(v), close);
  });

  it('take and give several tensors', () => {
    const [a, b, u, w] = [random(2), random(2), random(2), random(2)];
    const both = (p: Tensor, q: Tensor) => [p.mul(q), p.sum()] as const;
    const [, [da, db]] = vjp(both, [a, b], [u, double(2)]);
    expect(da).toBeCloseToTensor(u.mul(b).add(2));
    expect(db).toBeCloseToTensor(u.mul(a));
    const [, [dy, ds]] = jvp(both, [a, b], [u, w]);
    expect(dy).toBeCloseToTensor(u.mul(b).add(w.mul(a)));
    expect(ds).toBeCloseToTensor(u.sum());
  });

  it('need no vector where it has one element', () => {
    expect(vjp((x) => x.square().sum(), double([1, 2]))[1]).toEqualTensor([2, 4]);
    expect(jvp((x) => x.mul(double([1, 2])), double(3))[1]).toEqualTensor([1, 2]);
    expect(() => vjp((x) => x.mul(2), double([1, 2]))).toThrow(/no v/);
    expect(() => vjp((x) => x.mul(2), double([1, 2]), double([1]))).toThrow(/shape \(1,\)/);
    expect(() => jvp((x) => x.mul(2), double([1, 2]), [double([1, 2]), double([1])])).toThrow(/v of shape/);
  });

  it('give zeros for what does not depend on the input', () => {
    expect(jvp(() => double([1, 2]), double(1))[1]).toEqualTensor([0, 0]);
    expect(() => jvp(() => double([1, 2]), double(1), { strict: true })).toThrow(/strict/);
  });

  it('are differentiable with createGraph', () => {
    const v = random(2);
    const pull = (x: Tensor) => vjp(f, x, v, { createGraph: true })[1];
    const push = (x: Tensor) => jvp(f, x, v, { createGraph: true })[1];
    expect(gradcheck(pull, random(2).requiresGrad_())).toBe(true);
    expect(gradcheck(push, random(2).requiresGrad_())).toBe(true);
  });
});

describe('hessian, vhp and hvp', () => {
  const g = (x: Tensor) => x.exp().sum().mul(x.square().sum());

  it('agree with differences of the gradient', () => {
    const [x, v] = [random(3), random(3)];
    // d g / d xᵢ = eˣⁱ·Σx² + 2xᵢ·Σeˣ
    const gradient = (y: Tensor) => y.exp().mul(y.square().sum()).add(y.mul(2).mul(y.exp().sum()));
    const want = tensor(differences(gradient, x), { dtype: 'float64' });
    const close = { atol: 1e-5, rtol: 1e-5 };
    expect(hessian(g, x)).toBeCloseToTensor(want, close);
    for (const product of [vhp, hvp]) {
      const [y, found] = product(g, x, v);
      expect(y).toEqualTensor(g(x));
      expect(found).toBeCloseToTensor(want.matmul(v), close);
    }
  });

  it('is an array of arrays for several inputs', () => {
    const [a, b] = [double([1, 2]), double([[3], [4]])];
    const [[aa, ab], [ba, bb]] = hessian((p, q) => p.square().matmul(q).sum(), [a, b]);
    expect(aa).toEqualTensor([
      [6, 0],
      [0, 8],
    ]);
    expect(ab.reshape(2, 2)).toEqualTensor([
      [2, 0],
      [0, 4],
    ]);
    expect(ba.reshape(2, 2)).toEqualTensor([
      [2, 0],
      [0, 4],
    ]);
    expect(bb).toEqualTensor(zeros([2, 1, 2, 1], { dtype: 'float64' }));
  });

  it('refuse a function to more than a number, and are zero for a linear one', () => {
    expect(() => hessian((x) => x.mul(2), double([1, 2]))).toThrow(/single number/);
    expect(hessian((x) => x.sum().reshape(1), double([1, 2])).shape).toEqual([2, 2]);
    expect(vhp((x) => x.sum(), double([1, 2]), double([1, 1]))[1]).toEqualTensor([0, 0]);
  });

  it('go through custom functions', () => {
    class Cube extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor) {
        ctx.saveForBackward(x);
        return x.pow(3);
      }

      static backward(ctx: autograd.FunctionCtx<[Tensor]>, g_: Tensor) {
        const [x] = ctx.savedTensors;
        return g_.mul(x).mul(x).mul(3);
      }
    }
    expect(hessian((x) => Cube.apply(x).sum(), double([1, 2]))).toEqualTensor([
      [6, 0],
      [0, 12],
    ]);
  });
});

it('refuses what is no function, and integers', () => {
  expect(() => jacobian(3 as never, double(1))).toThrow(/number 3/);
  expect(() => vjp((x) => x, tensor([1, 2], { dtype: 'int32' }))).toThrow(/int32/);
  expect(() => jacobian((x) => x, double(1), { vectorise: true } as never)).toThrow(/vectorise/);
});
