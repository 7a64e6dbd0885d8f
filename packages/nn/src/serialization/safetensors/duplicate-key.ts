/** A key that an object of valid JSON has twice. `JSON.parse` keeps the last and says nothing. */
export function duplicateKey(json: string): string | undefined {
  const seen: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '{') seen.push(new Set());
    else if (json[at] === '}') seen.pop();
    else if (json[at] === '"') {
      const end = endOfString(json, at);
      if (json[endOfSpace(json, end)] === ':') {
        const key: string = JSON.parse(json.slice(at, end));
        if (seen.at(-1)?.has(key)) return key;
        seen.at(-1)?.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** One past the quote that closes the string which begins at `at`. */
function endOfString(json: string, at: number): number {
  let end = at + 1;
  while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1;
  return end + 1;
}

function endOfSpace(json: string, at: number): number {
  while (' \t\n\r'.includes(json[at] as string)) at++;
  return at;
}
