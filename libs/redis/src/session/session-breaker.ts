import type { BreakerState } from '../connection/circuit-breaker.js';
import { meansUnavailable } from '../connection/redis-gate.js';

/** Failures in a row, each one deadline long or a refused connection. */
const FAILURES = 3;
/** Pause between two questions whether Redis is back. */
const PROBE_EVERY_MS = 200;

/**
 * Remembers that Redis is down, so that not every request waits for its deadline to find out. While open,
 * nothing is sent but a PING at a time; its answer closes it. So no request is the one that tries, and
 * what nobody waits for any more does not pile up in the queue of the client.
 */
export class SessionBreaker {
  #failures = 0;
  #isOpen = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param ping resolves when Redis answers; while it is down it may wait or reject */
  constructor(
    private readonly ping: () => Promise<unknown>,
    private readonly onChange: (state: BreakerState) => void = () => undefined,
  ) {}

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** As other breakers tell it. Never half-open: no request is a probe. */
  get state(): BreakerState {
    return this.#isOpen ? 'open' : 'closed';
  }

  /** Any answer of Redis, also to what was asked before it opened. */
  succeeded(): void {
    this.#failures = 0;
    this.#become(false);
  }

  failed(error: unknown): void {
    if (!meansUnavailable(error)) return this.succeeded();
    this.#failures += 1;
    if (this.#isOpen || this.#isStopped || this.#failures < FAILURES) return;
    this.#become(true);
    this.#probe();
  }

  /** Ends the questions, with the application. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #become(isOpen: boolean): void {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    this.onChange(this.state);
  }

  #probe(): void {
    this.ping().then(
      () => this.succeeded(),
      () => this.#probeLater(),
    );
  }

  #probeLater(): void {
    if (this.#isStopped || !this.#isOpen) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#probe(), PROBE_EVERY_MS).unref();
  }
}
