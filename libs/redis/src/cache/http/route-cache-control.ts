import type { CacheRoute } from './cache-route.js';
import { downstreamCacheControl } from './downstream.js';
import type { StoredMeta } from './http-cache-policy.js';
import type { Headers } from './wire.js';

/** The Cache-Control that a route's decorators give a stored answer; undefined where the handler has set a lifetime itself. */
export function routeCacheControl(
  { scope, tags, policy }: CacheRoute,
  headers: Headers,
  { lifetimeMs, staleWhileRevalidateMs, staleIfErrorMs }: StoredMeta,
): string | undefined {
  if (headers.has('cache-control') || headers.has('expires')) return undefined;
  return downstreamCacheControl({
    scope: scope === undefined || scope === 'public' ? scope : 'private',
    hasTags: tags.length > 0,
    isOff: false,
    ttlMs: lifetimeMs,
    staleWhileRevalidateMs,
    staleIfErrorMs,
    downstream: policy.downstream,
  });
}
