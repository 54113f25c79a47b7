import { createHash } from 'node:crypto';

/** A header field as Node has it. */
export type HeaderValue = string | number | readonly string[];

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** A quoted string (to the end where it is open), a separator, a word or blanks. Each run is taken whole: no backtracking. */
const PIECE = /"(?:[^"\\]|\\.?)*"?|[,;]|[^",;\s]+|\s+/gs;

/** Fields whose value is a list, so that whitespace around commas means nothing. Source: RFC 9110 section 12.5. */
const LISTS: ReadonlySet<string> = new Set([
  'accept', 'accept-charset', 'accept-encoding', 'accept-language',
]); // prettier-ignore

/**
 * The names that were added to Vary, in lower case, sorted, each once. `*` when nothing can be
 * selected by it: a member `*` (RFC 9111 section 4.1), also an earlier one, or what is no field name.
 *
 * @param before what the field held before the handler ran
 * @param after what it holds when the response goes out
 */
export function varyNames(
  before: HeaderValue | undefined,
  after: HeaderValue | undefined,
): readonly string[] | '*' {
  if (after === undefined) return [];
  const known = new Set(members(before));
  const all = members(after);
  if (all.some((name) => name === '*' || !TOKEN.test(name))) return '*';
  return [...new Set(all)].filter((name) => !known.has(name)).toSorted();
}

function members(value: HeaderValue | undefined): string[] {
  if (value === undefined) return [];
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

/**
 * Makes values equal that mean the same: lines are combined, outer whitespace goes; in the Accept
 * fields also whitespace around commas and, outside of quotes, the case. In other fields both may
 * mean something. Source: RFC 9111 section 4.1.
 *
 * @param name in lower case
 */
export function normalizeField(
  name: string,
  value: string | readonly string[] | undefined,
): string {
  const text = (typeof value === 'string' ? value : (value ?? []).join(', ')).trim();
  if (!LISTS.has(name)) return text;
  const pieces = text.match(PIECE) ?? [];
  const isSeparator = (piece = ''): boolean => piece === ',' || piece === ';';
  return pieces
    .filter((piece, at) => {
      const isBlank = piece.trim() === '';
      return !isBlank || !(isSeparator(pieces[at - 1]) || isSeparator(pieces[at + 1]));
    })
    .map((piece) => (piece.startsWith('"') ? piece : piece.toLowerCase()))
    .join('');
}

/** What a key may show of a field; other fields may hold credentials. */
export function keyPart(name: string, value: string | readonly string[]): string {
  const text = normalizeField(name, value);
  if (LISTS.has(name)) return text;
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/**
 * The key of one variant. As JSON, so that no value can pose as two; null for a field that is absent,
 * which matches an absent one only.
 *
 * @param names as `varyNames` gives them
 * @param headers of the request, by name in lower case
 */
export function variantKey(
  primary: string,
  names: readonly string[],
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string {
  const values = names.map((name) => {
    const value = headers[name];
    return [name, value === undefined ? null : keyPart(name, value)];
  });
  return JSON.stringify([primary, values]);
}
