/** What tells one stored answer from another. */
export interface CacheKeyParts {
  /** `http` or `https`: absolute links in an answer differ. */
  readonly protocol: string;
  readonly host: string;
  /** Request target: path with query. */
  readonly target: string;
  /** Class and method: with versions by header, one URL has several handlers. */
  readonly handler: string;
  /** What `@CacheKey` adds. */
  readonly custom: string | undefined;
  /** Group that shares the answer; empty for everybody. */
  readonly scope: string;
}

/**
 * Makes the key of a GET or HEAD. A list as JSON, so that no part can pose as two by its delimiters.
 * The custom part adds to the others and never replaces them: `/item/1` and `/item/2` stay apart.
 */
export function cacheKey({
  protocol,
  host,
  target,
  handler,
  custom,
  scope,
}: CacheKeyParts): string {
  const [path, query] = split(target);
  return JSON.stringify([
    scope,
    `${protocol}://${host.toLowerCase()}`,
    path,
    sortedQuery(query),
    handler,
    ...(custom === undefined ? [] : [custom]),
  ]);
}

function split(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/**
 * By name; the values of one name keep their order, since a list means something else in another one.
 * `a` and `a[]` are one name, as the extended query parser has it.
 */
function sortedQuery(query: string): string {
  if (query === '') return '';
  const pairs = [...new URLSearchParams(query)];
  const sorted = pairs.toSorted(([a], [b]) => compare(baseName(a), baseName(b)));
  return new URLSearchParams(sorted).toString();
}

function baseName(name: string): string {
  const bracket = name.indexOf('[');
  return bracket === -1 ? name : name.slice(0, bracket);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
