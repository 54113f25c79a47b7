/** Name of this cache in Cache-Status. */
const CACHE = 'nestjs-redis-kit';

/** How a request was handled. `miss` runs the handler; `bypass` and `method` too, by rule. */
export type ServedAs =
  | { readonly kind: 'hit'; readonly ttlSeconds: number }
  | {
      readonly kind: 'forward';
      readonly reason: 'uri-miss' | 'bypass' | 'method';
      readonly isStored: boolean;
      readonly detail?: string;
    };

/** The Cache-Status field. Source: RFC 9211 section 2. */
export function cacheStatus(served: ServedAs): string {
  if (served.kind === 'hit') return `${CACHE}; hit; ttl=${served.ttlSeconds}`;
  const stored = served.isStored ? '; stored' : '';
  const detail = served.detail ? `; detail=${served.detail}` : '';
  return `${CACHE}; fwd=${served.reason}${stored}${detail}`;
}
