import { parseDuration, type Duration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';
import type { Entry } from './entry.js';

/**
 * What the life of an entry is counted from, as JCache names it:
 * `modified` its last write: every write gives it a full TTL;
 * `created` its first write: a later write keeps what is left of the TTL;
 * `accessed` its last read or write: a read gives it its full TTL again.
 */
export type Expiry = 'created' | 'accessed' | 'modified';

/** From when the life of an entry is counted, and its end whatever happens. */
export interface ExpiryOptions {
  /** What the TTL is counted from: `'modified'`, `'created'` or `'accessed'` (sliding). Default `'modified'`. */
  readonly expiry?: Expiry;
  /** No read and no `touch` prolongs an entry beyond this time after its last write. Default: no limit. */
  readonly maxLifetime?: Duration;
}

export interface ResolvedExpiry {
  readonly expiry: Expiry;
  readonly maxLifetimeMs: number;
}

const POLICIES: readonly Expiry[] = ['created', 'accessed', 'modified'];
const DEFAULT: ResolvedExpiry = { expiry: 'modified', maxLifetimeMs: Infinity };
/** A read renews an entry that has less than this part of its time left, so that not every read writes. */
const RENEW_BELOW = 0.9;

/** @throws ConfigurationError */
export function resolveExpiry(
  { expiry, maxLifetime }: ExpiryOptions,
  path: string,
  defaults: ResolvedExpiry = DEFAULT,
): ResolvedExpiry {
  if (expiry !== undefined && !POLICIES.includes(expiry))
    throw new ConfigurationError(
      `${path}.expiry`,
      expiry,
      "Give 'created', 'accessed' or 'modified'.",
    );
  return {
    expiry: expiry ?? defaults.expiry,
    maxLifetimeMs:
      maxLifetime === undefined
        ? defaults.maxLifetimeMs
        : parseDuration(maxLifetime, `${path}.maxLifetime`),
  };
}

/** The entry with another end, at most `maxLifetimeMs` after it was made. It keeps its grace, and its age. */
export function withEnd<T>(entry: Entry<T>, end: number, maxLifetimeMs = Infinity): Entry<T> {
  const freshUntil = Math.min(end, entry.createdAt + maxLifetimeMs);
  return { ...entry, freshUntil, expiresAt: freshUntil + entry.expiresAt - entry.freshUntil };
}

/** What a new entry remembers of its life, for the reads that will prolong it. */
export function slidingTtl(
  ttlMs: number,
  { expiry }: Pick<ResolvedExpiry, 'expiry'>,
): Pick<Entry<unknown>, 'slidingTtlMs'> {
  return expiry === 'accessed' ? { slidingTtlMs: ttlMs } : {};
}

/** The entry with another TTL from `now` on. */
export function touched<T>(
  entry: Entry<T>,
  now: number,
  { ttlMs, ...expiry }: ResolvedExpiry & { readonly ttlMs: number },
): Entry<T> {
  const { maxLifetimeMs } = expiry;
  return { ...withEnd(entry, now + ttlMs, maxLifetimeMs), ...slidingTtl(ttlMs, expiry) };
}

/**
 * The entry as a read at `now` leaves it: the same one while it has enough time left.
 *
 * @param life.ttlMs for an entry that was written before the cache counted from the last access
 */
export function accessed<T>(
  entry: Entry<T>,
  now: number,
  life: { readonly ttlMs: number; readonly maxLifetimeMs: number },
): Entry<T> {
  const ttlMs = entry.slidingTtlMs ?? life.ttlMs;
  const leftMs = entry.freshUntil - now;
  // What has gone stale is to be loaded again.
  if (leftMs <= 0 || leftMs >= ttlMs * RENEW_BELOW) return entry;
  const renewed = withEnd(entry, now + ttlMs, life.maxLifetimeMs);
  return renewed.freshUntil > entry.freshUntil ? renewed : entry;
}
