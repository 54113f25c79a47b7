import { cacheHit, cacheMiss } from './cache.events.js';
import type { CacheParts } from './cache-parts.js';
import { isFresh } from './freshness.js';
import type { Fetched } from './read-through/read-through.js';
import type { Found } from './stores/tiered.store.js';

/** What becomes of an entry that is found, before its value reaches the caller. */
export class Hits<T> {
  constructor(private readonly parts: CacheParts<T>) {}

  /** Counts the access, where the life of an entry depends on it. */
  accessed(stored: string, fetched: Fetched<T>): Fetched<T> {
    const { origin, entry } = fetched;
    if (entry && (origin === 'l1' || origin === 'l2')) this.parts.renewals.accessed(stored, entry);
    return fetched;
  }

  /** Tells of the hit or the miss. @returns what was found, if it is fresh */
  looked(stored: string, found: Found<T> | undefined): Found<T> | undefined {
    const { name, clock, renewals } = this.parts;
    if (!found || !isFresh(found.entry, clock.now())) {
      cacheMiss.publish(() => ({ cache: name, key: stored }));
      return undefined;
    }
    cacheHit.publish(() => ({ cache: name, key: stored, tier: found.tier }));
    renewals.accessed(stored, found.entry);
    return found;
  }

  valueOf({ value, entry }: Fetched<T>): T {
    return entry ? this.own(value) : value;
  }

  /** What cannot be frozen is the caller's own, so that nobody changes what the next one reads. */
  own(value: T): T {
    const { codec } = this.parts;
    return codec.own ? codec.own(value) : value;
  }
}
