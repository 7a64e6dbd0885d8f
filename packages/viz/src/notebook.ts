/** How a cell of a Deno notebook speaks to what shows it. */
export interface Notebook {
  broadcast(type: string, content: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The notebook that this runs in, if it is one of Deno's. */
export function notebook(): Notebook | undefined {
  const { Deno: deno } = globalThis as { Deno?: { readonly jupyter: Partial<Notebook> } };
  try {
    const found = deno?.jupyter;
    return typeof found?.broadcast === 'function' ? (found as Notebook) : undefined;
  } catch {
    return undefined; // Outside its notebooks Deno throws at the mere question.
  }
}
