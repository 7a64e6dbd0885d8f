/** A value as Python prints it, so that a printed module reads like PyTorch's. */
export function pythonValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null || value === undefined) return 'None';
  if (Array.isArray(value)) {
    const items = value.map(pythonValue);
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
  }
  if (typeof value === 'number') return pythonNumber(value);
  return String(value);
}

/** Python writes exponents below 10⁻⁴, with two digits. */
function pythonNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

/** A Python float: 1 prints as 1.0. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : pythonValue(value);
}

/** Arguments as PyTorch's `extra_repr` lists them: `extra([1, 16], { kernelSize: [3, 3] })` → `1, 16, kernel_size=(3, 3)`. */
export function extra(positional: readonly unknown[], named: Readonly<Record<string, unknown>> = {}): string {
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return [
    ...positional.map(pythonValue),
    ...Object.entries(named).map(([name, value]) => `${snakeCase(name)}=${pythonValue(value)}`),
  ].join(', ');
}

/** `Net(\n  (conv1): …\n)`: a name around arguments, or around lines that are indented. */
export function layOut(name: string, arguments_: string, children: readonly string[]): string {
  if (children.length === 0 && !arguments_.includes('\n')) return `${name}(${arguments_})`;
  const lines = [...(arguments_ === '' ? [] : arguments_.split('\n')), ...children];
  return `${name}(\n  ${lines.join('\n').replaceAll('\n', '\n  ')}\n)`;
}
