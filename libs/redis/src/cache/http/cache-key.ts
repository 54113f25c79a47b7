/** What tells one stored answer from another. */
export interface CacheKeyParts {
  /** `http` or `https`: absolute links in an answer differ. */
  readonly protocol: string;
  readonly host: string;
  /** Request target: path with query. */
  readonly target: string;
  /** What `@CacheKey` adds. */
  readonly custom: string | undefined;
  /** Group that shares the answer; empty for everybody. */
  readonly scope: string;
}

/**
 * Makes the key of a GET or HEAD. A list as JSON, so that no part can pose as two by its delimiters.
 * The custom part adds to the others and never replaces them: `/item/1` and `/item/2` stay apart.
 */
export function cacheKey({ protocol, host, target, custom, scope }: CacheKeyParts): string {
  const [path, query] = split(target);
  return JSON.stringify([
    scope,
    `${protocol}://${host.toLowerCase()}`,
    path,
    sortedQuery(query),
    ...(custom === undefined ? [] : [custom]),
  ]);
}

function split(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** By name; the values of one name keep their order, since a list means something else in another one. */
function sortedQuery(query: string): string {
  if (query === '') return '';
  const parameters = new URLSearchParams(query);
  parameters.sort();
  return parameters.toString();
}
