import type { Expectation } from './expectation.ts';

/** Rosenblatt's rule in plain numbers: what each pass prints. */
function perceptron(answers: readonly number[]): number[][] {
  const points = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const;
  let [w1, w2, b] = [0, 0, 0];
  return Array.from({ length: 6 }, (_, pass) => {
    let mistakes = 0;
    for (const [i, [x1, x2]] of points.entries()) {
      const error = (answers[i] as number) - (w1 * x1 + w2 * x2 + b > 0 ? 1 : 0);
      [w1, w2, b] = [w1 + error * x1, w2 + error * x2, b + error];
      mistakes += Math.abs(error);
    }
    return [pass + 1, mistakes, w1, w2, b];
  });
}

const xor = [0, 1, 1, 0];
const bound = Math.SQRT2 / 4;

export const expectation: Expectation = {
  printed: [
    { after: ['AND', '─\n'], values: perceptron([0, 0, 0, 1]).flat(), from: 'the rule, in plain numbers' },
    { after: ['6          0 '], values: [2, 1, -2], from: 'worked by hand' },
    { after: ['XOR', '─\n'], values: perceptron(xor).flat(), from: 'the rule, in plain numbers' },
    { after: ['XOR', '6 '], values: [4, -1, 0, 1], from: 'worked by hand: a cycle of one pass' },
    {
      after: 'first − second > 0',
      values: [...[0, 0, 0, 0, 0], ...[0, 1, 1, 0, 1], ...[1, 0, 1, 0, 1], ...[1, 1, 1, 1, 0]],
      from: 'OR, AND, and OR but not AND',
    },
    { after: 'L = e²\n', values: [6, 0, 0.5, -0.5, 0.25], from: 'by hand: 3 · 2, 6 − 6, σ(0), ½ − 1, ¼' },
    ...(
      [
        ['∂L/∂e   2e', -1, '∂L/∂e', -1],
        ['∂e/∂a   1 ', 1, '∂L/∂a', -1],
        ['∂a/∂z   a(1 − a)', 0.25, '∂L/∂z', -0.25],
        ['∂z/∂u   1 ', 1, '∂L/∂u', -0.25],
        ['∂u/∂w   x', 2, '∂L/∂w', -0.5],
      ] as const
    ).flatMap(([link, local, upTo, product]) => [
      { after: ['up to here', link], values: [local, local], from: 'the rule, by hand' },
      { after: ['up to here', link, upTo], values: [product, product], from: 'the product so far, by hand' },
    ]),
    { after: '∂L/∂w = ', values: [-0.5, -0.25, -0.75], from: 'by hand: −¼ · 2, −¼, −¼ · 3' },
    { after: 'formulas and tape agree: true', values: [], from: 'the chain rule' },
    { after: ['loss', '1,000   '], values: [[0, 0.05]], from: 'XOR is learnt: far below log 2' },
    {
      after: ['XOR    answer'],
      values: xor.flatMap((answer, i) => [i >> 1, i & 1, answer, answer ? [0.9, 1] : [0, 0.1]] as const),
      from: 'XOR, and probabilities close to it',
    },
    { after: 'greatest slope: ', values: [0.25, 1], from: 'σ′(0) = ½ · ½; ReLU′ = 1 above 0' },
    {
      after: ['factor per layer', 'sigmoid'],
      values: [
        [0.05, 1],
        [1e-7, 1e-4],
        [1e-12, 1e-8],
        [0.7 * bound, bound],
      ],
      from: 'below √2 / 4 per layer, which takes 19 layers to 3e-9 of the last at most',
    },
    {
      after: ['factor per layer', 'ReLU'],
      values: [
        [0.05, 5],
        [0.05, 5],
        [0.05, 5],
        [0.9, 1.1],
      ],
      from: 'He and others (2015): √(2 · ½) = 1 per layer',
    },
    { after: 'Sigmoid: ', values: [[5, 20]], from: 'guessing: 10 %' },
    { after: 'ReLU: ', values: [[60, 100]], from: 'the text: it learns' },
  ],
  pictures: ['tape', 'planes', 'slopes', 'vanishing'],
  onMnist: [
    { after: 'Sigmoid: ', values: [[5, 20]], from: 'guessing: 10 %' },
    { after: 'ReLU: ', values: [[60, 100]], from: 'the text: it learns' },
  ],
};
