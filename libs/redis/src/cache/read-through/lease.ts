import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { RedisKitError } from '../../common/errors.js';
import { meansUnavailable } from '../../connection/redis-gate.js';
import type { Entry } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { WakeUps } from '../invalidation/wake-ups.js';
import type { LeaseOutcome, RedisStore } from '../stores/redis.store.js';

/** A waiter looks again after this time although nobody woke it: pub/sub delivers at most once. */
const LOOK_AGAIN_MS = 250;

/** `entry`: somebody else's value is good. `lease`: load it. `none`: load it, but nobody keeps it for others. */
export type Claim<T> =
  | { readonly kind: 'entry'; readonly entry: Entry<T> }
  | { readonly kind: 'lease'; readonly lease: Lease<T> }
  | { readonly kind: 'none' };

export interface LeasesOptions<T> {
  readonly store: RedisStore<T>;
  readonly wakeUps: WakeUps;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
  /** Life of a lease; its holder extends it every third of that. A dead holder's lease passes on after it. */
  readonly leaseMs: number;
  /** Longest wait for somebody else's load. */
  readonly waitMs: number;
  /** Told of a lease that may be held in Redis although its grant got no reply. */
  readonly onUnanswered: (leaseKey: string, token: string) => void;
}

/** The right to load a key, shared by all processes. It saves work; correctness rests on the check at commit. */
export class Leases<T> {
  constructor(private readonly options: LeasesOptions<T>) {}

  /**
   * Waits until there is a good entry or the lease is ours.
   *
   * @param isGood judges an entry found in Redis
   * @param options.waitMs longest wait for somebody else's load; 0 to ask once
   * @param options.isStale true where the entry in Redis is known not to be good: saves asking for it first
   */
  async claim(
    key: string,
    isGood: (entry: Entry<T>) => Promise<boolean>,
    options: { readonly waitMs?: number; readonly isStale?: boolean } = {},
  ): Promise<Claim<T>> {
    const { store, wakeUps, clock } = this.options;
    // Random bytes would cost a call into OpenSSL each time; Node keeps a stock for these.
    const token = randomUUID();
    const giveUpAt = clock.now() + (options.waitMs ?? this.options.waitMs);
    let isStale = options.isStale ?? false;
    for (;;) {
      const wakeUp = wakeUps.register(store.leaseKey(key));
      try {
        const outcome = await this.#ask(key, token, isStale);
        const claim = await this.#judge(key, token, outcome, isGood);
        if (claim) return claim;
        isStale ||= outcome.entry !== undefined;
        if (outcome.kind === 'held') {
          const leftMs = giveUpAt - clock.now();
          if (leftMs <= 0) return { kind: 'none' };
          await wakeUp.wait(Math.max(1, Math.min(leftMs, outcome.leftMs, LOOK_AGAIN_MS)));
        }
      } finally {
        wakeUp.done();
      }
    }
  }

  /** A reply that did not come may have granted the lease; nobody would extend it or give it back. */
  async #ask(key: string, token: string, isStale: boolean): Promise<LeaseOutcome<T>> {
    const { store, leaseMs, onUnanswered } = this.options;
    try {
      return await store.loadOrLease(key, token, leaseMs, isStale);
    } catch (error) {
      if (wasSent(error)) onUnanswered(store.leaseKey(key), token);
      throw error;
    }
  }

  async #judge(
    key: string,
    token: string,
    outcome: LeaseOutcome<T>,
    isGood: (entry: Entry<T>) => Promise<boolean>,
  ): Promise<Claim<T> | undefined> {
    const lease = outcome.kind === 'granted' ? new Lease(key, token, this.options) : undefined;
    if (outcome.entry && (await isGood(outcome.entry))) {
      await lease?.release();
      return { kind: 'entry', entry: outcome.entry };
    }
    return lease && { kind: 'lease', lease };
  }
}

/** One caller's right to load one key. Extended until `commit` or `release`. */
export class Lease<T> {
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly key: string,
    private readonly token: string,
    private readonly options: LeasesOptions<T>,
  ) {
    this.#timer = setInterval(this.#extend, options.leaseMs / 3);
    this.#timer.unref();
  }

  /**
   * `refused`: the key was invalidated or written meanwhile. `failed`: Redis did not take it.
   *
   * @param payload the value as its codec writes it, where that is at hand
   */
  async commit(entry: Entry<T>, payload?: Buffer): Promise<'stored' | 'refused' | 'failed'> {
    clearInterval(this.#timer);
    const stored = await this.options.failures.attempt(
      'store',
      () => this.options.store.commit(this.key, entry, { token: this.token, payload }),
      undefined,
    );
    if (stored === undefined) return 'failed';
    return stored ? 'stored' : 'refused';
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.options.failures.attempt(
      'release',
      () => this.options.store.releaseLease(this.key, this.token),
      undefined,
    );
  }

  /** Gives it back without waiting: what is being loaded is of no use any more. */
  abandon(): void {
    this.options.failures.inBackground('release', () => this.release());
  }

  readonly #extend = (): void => {
    const { store, leaseMs, failures } = this.options;
    failures.inBackground('extend', async () => {
      if (!(await store.extendLease(this.key, this.token, leaseMs))) clearInterval(this.#timer);
    });
  };
}

/** False for a refused command, and while the breaker is open. */
function wasSent(error: unknown): boolean {
  const isHeldBack = error instanceof RedisKitError && error.code === 'REDIS_UNAVAILABLE';
  return meansUnavailable(error) && !isHeldBack;
}
