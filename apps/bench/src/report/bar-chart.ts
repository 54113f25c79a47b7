/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What is written at its end. */
  readonly text: string;
  readonly isOurs: boolean;
}

const WIDTH = 860;
const LABEL_WIDTH = 330;
const TEXT_WIDTH = 110;
const ROW_HEIGHT = 26;
const HEAD_HEIGHT = 44;

/** Horizontal bars from 0, as an SVG that reads well on light and on dark pages. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const height = HEAD_HEIGHT + bars.length * ROW_HEIGHT + 12;
  const longest = Math.max(...bars.map(({ value }) => value));
  const scale = (WIDTH - LABEL_WIDTH - TEXT_WIDTH) / longest;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="15" font-weight="600" fill="#1f2328">${escape(title)}</text>`,
    ...bars.map((bar, row) => barAt(bar, HEAD_HEIGHT + row * ROW_HEIGHT, bar.value * scale)),
    '</svg>',
    '',
  ].join('\n');
}

function barAt({ label, text, isOurs }: Bar, y: number, width: number): string {
  const middle = y + 15;
  return [
    `<text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end" fill="#1f2328">${escape(label)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y + 2}" width="${width.toFixed(1)}" height="18" rx="2" fill="${isOurs ? '#d6336c' : '#8c959f'}"/>`,
    `<text x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${middle}" fill="#59636e">${escape(text)}</text>`,
  ].join('\n');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
