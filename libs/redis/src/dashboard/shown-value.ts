import { isUtf8 } from 'node:buffer';

const HIDDEN = '(hidden)';
const LONGEST_TEXT = 2000;
const MOST_MEMBERS = 200;
const DEEPEST = 8;
/** Longest value in characters, as JSON. */
const LONGEST = 50_000;

const SECRET =
  /^pass$|password|passwd|passphrase|pwd|secret|token|jwt|bearer|authorization|cookie|api[-_]?key|access[-_]?key|credential|private[-_]?key|session[-_]?id|^(sid|otp|cvc|cvv|pin)$/i;

/** A cached value as it may be shown: what its name says is secret is hidden, what is long is cut. */
export function shownValue(value: unknown): string {
  const text = JSON.stringify(shown(value, 0), undefined, 2) ?? 'undefined';
  return text.length <= LONGEST
    ? text
    : `${text.slice(0, LONGEST)}\n… cut: ${text.length} characters`;
}

function shown(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shownText(value, depth);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value;
  if (ArrayBuffer.isView(value)) return shownBytes(value, depth);
  if (depth === DEEPEST) return '…';
  if (value instanceof Map) return shown(Object.fromEntries(value), depth);
  if (value instanceof Set) return shownList([...value], depth);
  return Array.isArray(value) ? shownList(value, depth) : shownMembers(value, depth);
}

function shownList(list: readonly unknown[], depth: number): unknown[] {
  // Headers are lists of names and values.
  if (list.length === 2 && typeof list[0] === 'string' && SECRET.test(list[0]))
    return [list[0], HIDDEN];
  const first = list.slice(0, MOST_MEMBERS).map((item) => shown(item, depth + 1));
  return list.length > MOST_MEMBERS ? [...first, `… ${list.length} in all`] : first;
}

function shownMembers(value: object, depth: number): Record<string, unknown> {
  const members = named(Object.entries(value));
  const first = members
    .slice(0, MOST_MEMBERS)
    .map(([name, member]) => [name, SECRET.test(name) ? HIDDEN : shown(member, depth + 1)]);
  const more = members.length > MOST_MEMBERS ? [['…', `${members.length} in all`]] : [];
  return Object.fromEntries([...first, ...more]) as Record<string, unknown>;
}

/** `{ name: 'token', value: … }`, as cookies and headers are listed. */
function named(members: [string, unknown][]): [string, unknown][] {
  const isSecret = members.some(
    ([label, text]) => /^(name|key)$/i.test(label) && typeof text === 'string' && SECRET.test(text),
  );
  return isSecret
    ? members.map(([label, member]) => [label, /^value$/i.test(label) ? HIDDEN : member])
    : members;
}

/** What is no text is shown by its length. */
function shownBytes(view: ArrayBufferView, depth: number): unknown {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  if (!isUtf8(bytes)) return `(${bytes.length} bytes)`;
  return shownText(bytes.toString(), depth);
}

/** JSON in a text has names as well, and secrets under them. */
function shownText(text: string, depth: number): unknown {
  if (!/^\s*[[{"]/.test(text)) return cut(text);
  try {
    return shown(JSON.parse(text), depth + 1);
  } catch {
    return cut(text);
  }
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT
    ? text
    : `${text.slice(0, LONGEST_TEXT)}… ${text.length} characters`;
}
