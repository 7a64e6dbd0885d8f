/** An environment variable. Empty ones, those of browsers and those that Deno may not read count as unset. */
export function environment(name: string): string | undefined {
  if (typeof process === 'undefined') return undefined;
  try {
    return process.env?.[name] || undefined;
  } catch {
    return undefined;
  }
}
