/** What the decorators of a route say to caches below, in milliseconds. */
export interface DownstreamFacts {
  /** Undefined where the route declares no scope; `private` for every scope but `public`. */
  readonly scope: 'public' | 'private' | undefined;
  readonly hasTags: boolean;
  /** `@NoCache`. */
  readonly isOff: boolean;
  readonly ttlMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** The option: milliseconds, validation each time, the route's TTL, or nothing. */
  readonly downstream: number | 'revalidate' | 'ttl' | false | undefined;
}

/**
 * The Cache-Control to send where the handler set none; undefined for none.
 *
 * Browsers and proxies below cannot hear of an invalidation. So only what is public and has no tags
 * is theirs to keep; all else they validate, which costs a 304. An option decides otherwise.
 */
export function downstreamCacheControl(facts: DownstreamFacts): string | undefined {
  const { scope, isOff, downstream } = facts;
  if (downstream === false) return undefined;
  if (isOff) return 'no-store';
  const lifetime = lifetimeMs(facts);
  const directives =
    lifetime === undefined
      ? ['no-cache']
      : [seconds('max-age', lifetime), ...staleDirectives(facts)];
  return (scope === undefined ? directives : [scope, ...directives]).join(', ');
}

/** Undefined where it is to be validated each time. */
function lifetimeMs({ scope, hasTags, ttlMs, downstream }: DownstreamFacts): number | undefined {
  if (typeof downstream === 'number') return downstream;
  if (downstream === 'revalidate') return undefined;
  if (downstream === 'ttl') return ttlMs;
  return scope === 'public' && !hasTags ? ttlMs : undefined;
}

/** Source: RFC 5861. */
function staleDirectives({ staleWhileRevalidateMs, staleIfErrorMs }: DownstreamFacts): string[] {
  return [
    ...(staleWhileRevalidateMs > 0
      ? [seconds('stale-while-revalidate', staleWhileRevalidateMs)]
      : []),
    ...(staleIfErrorMs > 0 ? [seconds('stale-if-error', staleIfErrorMs)] : []),
  ];
}

function seconds(name: string, lengthMs: number): string {
  return `${name}=${Math.floor(lengthMs / 1000)}`;
}
