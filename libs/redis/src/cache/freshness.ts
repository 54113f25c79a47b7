import type { Entry } from './entry.js';

/** How long past its time an entry is still of use, and how early it is refreshed. Milliseconds. */
export interface FreshnessPolicy {
  /** Served at once for this long after it went stale, while one caller refreshes it. 0: never. */
  readonly staleWhileRevalidateMs: number;
  /** Served for this long after it went stale when the load fails or is too slow. 0: never. */
  readonly staleIfErrorMs: number;
  /** Part of its life, from above 0 to below 1, after which a hit refreshes it in the background. */
  readonly refreshAhead: number | undefined;
}

/**
 * What to do with an entry:
 * `fresh` serve it; `due` serve it and refresh it early; `stale` serve it and refresh it;
 * `grace` load, and serve it only if the load fails or is too slow; `kept` load, and only show it to the
 * loader; `expired` as if it were not there.
 */
export type Freshness = 'fresh' | 'due' | 'stale' | 'grace' | 'kept' | 'expired';

type Times = Pick<Entry<unknown>, 'createdAt' | 'freshUntil' | 'expiresAt'>;

/** The one decision about time. Generations are judged apart, since they need Redis. */
export function freshness(entry: Times, now: number, policy: FreshnessPolicy): Freshness {
  if (now >= entry.expiresAt) return 'expired';
  if (now < entry.freshUntil) return isDue(entry, now, policy) ? 'due' : 'fresh';
  if (now < entry.freshUntil + policy.staleWhileRevalidateMs) return 'stale';
  return now < entry.freshUntil + policy.staleIfErrorMs ? 'grace' : 'expired';
}

/** True when nothing may use the entry any more; the store drops it then. */
export function isExpired(entry: Pick<Entry<unknown>, 'expiresAt'>, now: number): boolean {
  return now >= entry.expiresAt;
}

/** True while the entry counts without a refresh. */
export function isFresh(entry: Pick<Entry<unknown>, 'freshUntil'>, now: number): boolean {
  return now < entry.freshUntil;
}

function isDue(
  { createdAt, freshUntil }: Times,
  now: number,
  { refreshAhead }: FreshnessPolicy,
): boolean {
  return refreshAhead !== undefined && now >= createdAt + (freshUntil - createdAt) * refreshAhead;
}
