import { Tensor } from '@retrograd/core';
import type { Optimizer } from '@retrograd/optim';
import type { MimeBundle } from '../picture.ts';
import { bytesPerElement, showBytes } from '../units.ts';
import { counted, grouped, type Table, tableHtml, tableText } from './table.ts';

/** An optimiser for a notebook: what holds for each of its groups, and what it remembers. */
export function optimizerBundle(optimizer: Optimizer): MimeBundle {
  const table = optimizerTable(optimizer);
  return { 'text/html': `<div>${tableHtml(table)}</div>`, 'text/plain': tableText(table) };
}

/** A column for each group, a row for each of its settings. */
export function optimizerTable(optimizer: Optimizer): Table {
  const { paramGroups, state } = optimizer;
  const names = [...new Set(paramGroups.flatMap((group) => Object.keys(group)))].filter(
    (name) => name !== 'params',
  );
  const params = paramGroups.map(({ params }) => params);
  const sizes = params.map((tensors) => grouped(tensors.reduce((sum, { numel }) => sum + numel, 0)));
  return {
    title: optimizer.constructor.name,
    columns: [
      { heading: '', align: 'left' },
      ...paramGroups.map((_, i) => ({ heading: `Group ${i}`, align: 'right' }) as const),
    ],
    rows: [
      ...names.map((name) => [name, ...paramGroups.map((group) => setting(Reflect.get(group, name)))]),
      ['parameters', ...params.map(({ length }) => grouped(length))],
      ['elements', ...sizes],
    ],
    footer: [remembered(state, params.flat().length)],
  };
}

function setting(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(setting).join(', ')}]`;
  if (value instanceof Tensor) return value.numel === 1 ? String(value.item()) : `tensor of ${value.numel}`;
  return value === undefined || value === null ? '-' : String(value);
}

/** `State: expAvg, step of 4 parameters, 12.3 kB` */
function remembered(state: Optimizer['state'], count: number): string {
  const names = new Set<string>();
  let bytes = 0;
  for (const values of state.values()) {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      names.add(name);
      for (const item of [value].flat())
        if (item instanceof Tensor) bytes += item.numel * bytesPerElement[item.dtype];
    }
  }
  if (names.size === 0) return 'State: none yet';
  const of =
    state.size === count ? counted(count, 'parameter') : `${state.size} of ${counted(count, 'parameter')}`;
  return `State: ${[...names].join(', ')} of ${of}, ${showBytes(bytes)}`;
}
