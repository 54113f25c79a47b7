/**
 * Which query parameters are part of the key: only those named, all but those named, or all. A
 * trailing `*` makes a name a prefix: `utm_*`.
 */
export type QueryRule =
  { readonly allow: readonly string[] } | { readonly ignore: readonly string[] } | 'all';

interface Parameter {
  readonly name: string;
  /** As it came: what does not decode must not become equal to something else. */
  readonly raw: string;
}

/**
 * The query's part of the key: by name, while the values of one name keep their order, since a list
 * means something else in another one. `a` and `a[]` are one name, as the extended query parser has it.
 *
 * @param query without the question mark
 */
export function queryKey(query: string, rule: QueryRule): string {
  if (query === '') return '';
  const parameters = query
    .split('&')
    .filter((raw) => raw !== '')
    .map((raw): Parameter => ({ raw, name: nameOf(raw) }));
  return parameters
    .filter(({ name }) => counts(name, rule))
    .toSorted((a, b) => compare(a.name, b.name))
    .map(({ raw }) => raw)
    .join('&');
}

function nameOf(raw: string): string {
  const mark = raw.indexOf('=');
  const name = decode(mark === -1 ? raw : raw.slice(0, mark));
  // `[page]` is `page` to the extended parser.
  if (name.startsWith('[')) return name.slice(1).split(']', 1)[0] ?? '';
  const bracket = name.indexOf('[');
  return bracket === -1 ? name : name.slice(0, bracket);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function counts(name: string, rule: QueryRule): boolean {
  // What no rule can name may still mean something to the handler.
  if (rule === 'all' || name === '') return true;
  return 'allow' in rule
    ? rule.allow.some((pattern) => matches(name, pattern))
    : !rule.ignore.some((pattern) => matches(name, pattern));
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
