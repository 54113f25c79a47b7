import type { Clock } from '../common/clock.js';
import { asError } from '../common/errors.js';
import type { Entry } from './entry.js';
import { accessed, type ResolvedExpiry } from './expiry.js';
import type { FailurePolicy } from './failure-policy.js';
import type { Background } from '../common/background.js';
import type { TieredStore } from './stores/tiered.store.js';

export interface RenewalsOptions<T> {
  readonly options: ResolvedExpiry & { readonly ttlMs: number };
  readonly store: TieredStore<T>;
  readonly background: Background;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
}

/** Prolongs what is read, where the cache counts the life of an entry from its last access. No reader waits for it. */
export class Renewals<T> {
  readonly #running = new Set<string>();

  constructor(private readonly parts: RenewalsOptions<T>) {}

  /** Told of every hit. */
  accessed(key: string, entry: Entry<T>): void {
    if (this.parts.options.expiry !== 'accessed' || this.#running.has(key)) return;
    if (this.#renewed(entry) === entry) return;
    const { background, failures, store } = this.parts;
    this.#running.add(key);
    background.run(
      () => store.renew(key, (current) => this.#renewed(current)).finally(() => this.#ended(key)),
      (error) => failures.note('renew', asError(error)),
    );
  }

  #ended(key: string): void {
    this.#running.delete(key);
  }

  #renewed(entry: Entry<T>): Entry<T> {
    const { clock, options } = this.parts;
    return accessed(entry, clock.now(), options);
  }
}
