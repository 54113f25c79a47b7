/** Replaces the characters from `start` up to `end` (not included) of a text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @param edits that do not overlap, in any order; those of one place are written in the order given */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(text.slice(done, edit.start), edit.text);
    done = edit.end;
  }
  return parts.join('') + text.slice(done);
}

/** How a file is written, so that new lines look like the old ones. */
export interface TextStyle {
  readonly newline: '\n' | '\r\n';
  readonly quote: "'" | '"';
  /** After a statement. */
  readonly semicolon: ';' | '';
  /** One step of indentation. */
  readonly indent: string;
}

/** Of a file with imports; what it does not show is as `nest new` writes it. */
export function styleOf(text: string): TextStyle {
  const [, quote, semicolon] = /\bfrom\s*(["'])[^"'\n]*["'](;?)/.exec(text) ?? [];
  const [, indent] = /^([ \t]+)(?!\*)\S/m.exec(text) ?? [];
  return {
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    quote: quote === '"' ? '"' : "'",
    semicolon: quote !== undefined && semicolon === '' ? '' : ';',
    indent: indent ?? '  ',
  };
}

/** The white space with which the line of `position` begins. */
export function indentationAt(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
}

/** Where the line of `position` ends, before its line break. */
export function lineEndAfter(text: string, position: number): number {
  const end = text.indexOf('\n', position);
  if (end === -1) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}
