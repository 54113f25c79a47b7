import { systemClock, type Clock } from '../common/clock.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Milliseconds between two probes while it is open. */
  readonly probeEveryMs: number;
  readonly clock?: Clock;
  readonly onChange?: (state: BreakerState) => void;
}

/**
 * Remembers that Redis is down, so that callers need not find out one deadline at a time. While open,
 * one caller per probe interval may try (half-open); its success closes the breaker.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #clock: Clock;
  #state: BreakerState = 'closed';
  #failures = 0;
  /** When it opened, or let the last probe go. */
  #waitsSince = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** True when the caller may try. Whoever got true reports back with `succeeded` or `failed`. */
  allows(): boolean {
    if (this.#state === 'closed') return true;
    const waitedMs = this.#clock.now() - this.#waitsSince;
    // Below zero: the clock was put back.
    if (waitedMs >= 0 && waitedMs < this.#options.probeEveryMs) return false;
    // A probe that never reports (its process froze) is followed by another after the interval.
    this.#waitsSince = this.#clock.now();
    this.#change('half-open');
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#change('closed');
  }

  failed(): void {
    this.#failures += 1;
    if (this.#state === 'closed' && this.#failures < this.#options.failures) return;
    this.#waitsSince = this.#clock.now();
    this.#change('open');
  }

  #change(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onChange?.(state);
  }
}
