import { parseCacheControl } from './cache-control.js';

/**
 * A request's Cache-Control directive that a route can honor or ignore. Source: RFC 9111 section 5.2.1, RFC 5861
 * section 4.
 */
export type RequestDirective =
  | 'no-cache'
  | 'no-store'
  | 'max-age'
  | 'min-fresh'
  | 'max-stale'
  | 'stale-if-error'
  | 'only-if-cached';

/** What a request asks of the cache. Lengths are milliseconds. */
export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  /** Oldest age that the client takes. */
  readonly maxAgeMs?: number;
  /** The answer must stay fresh for this long. */
  readonly minFreshMs?: number;
  /** How long past its lifetime the client takes it; Infinity for any. */
  readonly maxStaleMs?: number;
  /** How long past its lifetime the client takes it in place of an error. */
  readonly staleIfErrorMs?: number;
  readonly onlyIfCached: boolean;
}

/** Of requests without any, which are nearly all: one object, so that a hit makes none. */
export const NO_DIRECTIVES: RequestDirectives = Object.freeze({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
});

type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads the directives of a request. In a field that breaks the grammar only those count that ask
 * for a newer answer. `Pragma: no-cache` counts where there is no Cache-Control (RFC 9111 section
 * 5.4, as RFC 7234 section 5.4 had it).
 *
 * @param honored true for all of them, false for none, or their names
 */
export function requestDirectives(
  headers: RequestHeaders,
  honored: boolean | readonly RequestDirective[],
): RequestDirectives {
  const field = headers['cache-control'] ?? headers.pragma;
  if (field === undefined || honored === false) return NO_DIRECTIVES;
  const given = parseCacheControl(field);
  const isHonored = (name: RequestDirective): boolean =>
    given.has(name) && (honored === true || honored.includes(name));
  if (headers['cache-control'] === undefined)
    return isHonored('no-cache') ? { ...NO_DIRECTIVES, noCache: true } : NO_DIRECTIVES;
  const duration = (name: RequestDirective): number | undefined =>
    isHonored(name) ? given.durationMs(name) : undefined;
  const lenient = <T>(name: RequestDirective, read: () => T): T | undefined =>
    !given.isMalformed && isHonored(name) ? read() : undefined;
  return {
    noCache: isHonored('no-cache'),
    noStore: isHonored('no-store'),
    maxAgeMs: duration('max-age'),
    minFreshMs: duration('min-fresh'),
    maxStaleMs: lenient('max-stale', () => maxStale(given)),
    staleIfErrorMs: lenient('stale-if-error', () => given.durationMs('stale-if-error')),
    onlyIfCached: lenient('only-if-cached', () => true) ?? false,
  };
}

function maxStale(given: ReturnType<typeof parseCacheControl>): number | undefined {
  return given.isBare('max-stale') ? Number.POSITIVE_INFINITY : given.durationMs('max-stale');
}
