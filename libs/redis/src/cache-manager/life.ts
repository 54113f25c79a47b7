import { parseDuration, type Duration } from '../common/duration.js';

/** Life of what was to live for ever: every entry in Redis has a TTL. */
export const LONGEST_LIFE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * A TTL as cache-manager takes it, in whole milliseconds: 0 is none, so the longest; below 0 is over already, so
 * undefined.
 *
 * @throws ConfigurationError for what is no duration
 */
export function lifeOf(ttl: Duration): number | undefined {
  if (typeof ttl !== 'number' || Number.isNaN(ttl)) return parseDuration(ttl, 'ttl');
  if (ttl === 0 || ttl > LONGEST_LIFE_MS) return LONGEST_LIFE_MS;
  return ttl < 0 ? undefined : Math.ceil(ttl);
}
