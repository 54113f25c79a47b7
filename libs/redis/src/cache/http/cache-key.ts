import { queryKey, type QueryRule } from './query.js';

/** What tells one stored answer from another. */
export interface CacheKeyParts {
  /** `http` or `https`: absolute links in an answer differ. */
  readonly protocol: string;
  readonly host: string;
  /** Request target: path with query. */
  readonly target: string;
  /** Which query parameters count. */
  readonly query: QueryRule;
  /** Request headers that the route declares, each with its normalized value; null where it is absent. */
  readonly vary: readonly (readonly [name: string, value: string | null])[];
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
export function cacheKey(parts: CacheKeyParts): string {
  const { protocol, host, target, query, vary, handler, custom, scope } = parts;
  const [path, search] = split(target);
  return JSON.stringify([
    scope,
    `${protocol}://${host.toLowerCase()}`,
    path,
    queryKey(search, query),
    handler,
    vary,
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
