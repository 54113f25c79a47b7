import type { Entry } from './entry.js';

/** `fresh`: serve it. `stale`: past its time but kept. `expired`: as if it were not there. */
export type Freshness = 'fresh' | 'stale' | 'expired';

/** The one decision about time. Generations are judged apart, since they need Redis. */
export function freshness(
  entry: Pick<Entry<unknown>, 'freshUntil' | 'expiresAt'>,
  now: number,
): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.expiresAt ? 'stale' : 'expired';
}
