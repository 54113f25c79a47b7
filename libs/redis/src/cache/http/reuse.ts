import type { StoredMeta } from './http-cache-policy.js';
import type { RequestDirectives } from './request-directives.js';

/**
 * What a stored answer is good for now:
 * - `fresh`: serve it.
 * - `stale`: serve it and revalidate in the background (RFC 5861 section 3).
 * - `allowed-stale`: serve it, since the request takes it stale (RFC 9111 section 5.2.1.2).
 * - `revalidate-or-error`: load first; it may stand in for an error (RFC 5861 section 4).
 * - `revalidate`: load first; it is good for nothing but validation.
 */
export type Reuse = 'fresh' | 'stale' | 'allowed-stale' | 'revalidate-or-error' | 'revalidate';

/** Milliseconds since the epoch, from the envelope of the entry. */
export interface EntryTimes {
  /** When the load began. */
  readonly createdAt: number;
  /** `createdAt + lifetimeMs - initialAgeMs`. */
  readonly freshUntil: number;
}

/** May this stored answer be used for this request now? Source: RFC 9111 section 4, 4.2.4 and 5.2.1. */
export function reuse(
  entry: EntryTimes,
  meta: StoredMeta,
  directives: RequestDirectives,
  now: number,
): Reuse {
  if (meta.noCache || directives.noCache) return 'revalidate';
  const staleForMs = now - entry.freshUntil;
  const isStale = staleForMs >= 0;
  const isWanted = isYoungEnough(ageMs(entry, meta, now), -staleForMs, directives);
  if (isWanted && !isStale) return 'fresh';
  // RFC 9111 section 5.2.2.2: once stale, such an answer is never used without validation.
  if (isStale && meta.mustRevalidate) return 'revalidate';
  if (isWanted && acceptsStale(staleForMs, directives)) {
    if (isWithin(staleForMs, meta.staleWhileRevalidateMs)) return 'stale';
    if (directives.maxStaleMs !== undefined) return 'allowed-stale';
  }
  // What the request says of itself counts in place of what the answer says of all. Source: RFC 5861 section 4.
  const windowMs = directives.staleIfErrorMs ?? meta.staleIfErrorMs;
  return isWithin(staleForMs, windowMs) ? 'revalidate-or-error' : 'revalidate';
}

/** Source: RFC 9111 section 4.2.3; the delay of the response counts, since `createdAt` is the time of the request. */
export function ageMs(
  entry: Pick<EntryTimes, 'createdAt'>,
  meta: Pick<StoredMeta, 'initialAgeMs'>,
  now: number,
): number {
  return Math.max(0, meta.initialAgeMs + now - entry.createdAt);
}

function isYoungEnough(
  age: number,
  freshForMs: number,
  { maxAgeMs, minFreshMs }: RequestDirectives,
): boolean {
  if (maxAgeMs !== undefined && age > maxAgeMs) return false;
  return minFreshMs === undefined || freshForMs >= minFreshMs;
}

/** A request with max-age and without max-stale does not want a stale answer. Source: RFC 9111 section 5.2.1.1. */
function acceptsStale(staleForMs: number, { maxAgeMs, maxStaleMs }: RequestDirectives): boolean {
  return maxStaleMs === undefined ? maxAgeMs === undefined : staleForMs <= maxStaleMs;
}

function isWithin(staleForMs: number, windowMs: number): boolean {
  return windowMs > 0 && staleForMs <= windowMs;
}
