/** Advance widths of DejaVu Sans from the space on to `~`, in hundredths of the size of the type. */
const advances = [
  32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34,
  34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73,
  68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63,
  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
];

/** Bold letters are wider by this. */
const boldness = 1.12;

/**
 * How wide a line of text is, in pixels. PNGs are set in DejaVu Sans; the type of most systems is narrower, so what has
 * room by this measure has room everywhere.
 */
export function textWidth(text: string, size: number, { bold = false } = {}): number {
  let hundredths = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    hundredths += advances[code - 32] ?? (code < 0x2e80 ? 70 : 100);
  }
  return (hundredths * size * (bold ? boldness : 1)) / 100;
}

/** Text in lines that are no wider than `room`, broken at spaces, or within a word that alone is wider. */
export function wrapText(text: string, size: number, room: number, { bold = false } = {}): string[] {
  const fits = (line: string) => textWidth(line, size, { bold }) <= room;
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (fits(longer)) {
        line = longer;
        continue;
      }
      if (line !== '') lines.push(line);
      line = word;
      while (!fits(line) && line.length > 1) {
        let end = line.length - 1;
        while (end > 1 && !fits(line.slice(0, end))) end--;
        lines.push(line.slice(0, end));
        line = line.slice(end);
      }
    }
    lines.push(line);
  }
  return lines;
}

/** Text as SVG spells it. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] as string);
}
