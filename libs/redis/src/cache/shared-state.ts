import type { Clock } from '../common/clock.js';
import type { CircuitBreaker } from '../connection/circuit-breaker.js';
import { createBreaker } from '../connection/create-breaker.js';
import type { RedisClient } from '../connection/redis-client.js';
import { RedisGate } from '../connection/redis-gate.js';
import type { ResolvedCacheOptions } from './cache.options.js';
import { FailureLog } from '../common/failure-log.js';
import { FailurePolicy } from './failure-policy.js';
import { InvalidationBus } from './invalidation/invalidation-bus.js';
import { Invalidator } from './invalidation/invalidator.js';
import { PendingInvalidations } from './invalidation/pending-invalidations.js';
import { RedisClock } from './redis-clock.js';
import { ChangeKeySpace } from './source/change-key-space.js';
import { Generations } from './tags/generations.js';

/** A quiet connection is found out and what is pending is made up for within this time. */
const HEARTBEAT_MS = 1000;
/** Redis is asked for the time at every n-th heartbeat. */
const CLOCK_EVERY = 10;
/** Longest wait of an application that ends: room for a probe of the breaker, and for a connection that comes back. */
const DELIVERY_LIMIT_MS = 1500;

export interface SharedStateOptions {
  readonly options: ResolvedCacheOptions;
  readonly client: RedisClient;
  readonly subscriber: RedisClient;
  readonly log: (line: string) => void;
  /** Default: one of its own. */
  readonly breaker?: CircuitBreaker;
  /** Default: the clock of Redis. */
  readonly clock?: Clock;
}

/** What all caches of an application share: the way to Redis, the bus, the generations and the clock. */
export class SharedState {
  readonly keys: ChangeKeySpace;
  readonly clock: Clock;
  readonly bus: InvalidationBus;
  readonly pending: PendingInvalidations;
  readonly generations: Generations;
  readonly invalidator: Invalidator;
  readonly #redisClock = new RedisClock();
  readonly #log: FailureLog;
  readonly #failures: FailurePolicy;
  readonly #adjustsClock: boolean;
  readonly #client: RedisClient;
  readonly #logLine: (line: string) => void;
  #beats = 0;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor({ options, client, subscriber, log, breaker, clock }: SharedStateOptions) {
    this.clock = clock ?? this.#redisClock;
    this.#adjustsClock = clock === undefined;
    this.#client = client;
    this.#logLine = log;
    this.keys = new ChangeKeySpace(options.prefix);
    this.#log = new FailureLog(log);
    this.#failures = this.failures('bus');
    const gate = new RedisGate(
      client,
      breaker ?? createBreaker(options.connection),
      options.deadlineMs,
    );
    const { keys } = this;
    this.bus = new InvalidationBus({ gate, subscriber, keys, failures: this.#failures });
    this.pending = new PendingInvalidations({
      gate,
      keys,
      publish: (invalidation) => this.bus.publish(invalidation),
      announce: (invalidation) => this.bus.announce(invalidation),
    });
    this.generations = new Generations({
      gate: this.pending,
      keys,
      local: (name) => this.pending.localGeneration(name),
      hasLocal: () => this.pending.hasLocalGenerations,
      mayTrustMemory: () => this.bus.isSubscribed,
    });
    this.invalidator = new Invalidator({ bus: this.bus, pending: this.pending });
    this.bus.listen(this.generations);
  }

  /** One policy per cache; their log is one. */
  failures(cache: string): FailurePolicy {
    return new FailurePolicy(cache, this.#log);
  }

  start(): void {
    this.bus.start();
    // The first one at once, for the clock.
    if (this.#client.status === 'ready') this.#beat();
    else this.#client.once('ready', this.#beat);
    this.#heartbeat = setInterval(this.#beat, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Tells Redis, and the other nodes by it, what is still pending. Afterwards it is lost. */
  async deliver(): Promise<void> {
    if (await this.pending.settleWithin(DELIVERY_LIMIT_MS)) return;
    this.#logLine(
      `Redis did not take the last invalidations within ${DELIVERY_LIMIT_MS} ms. Other nodes may serve what they ended until its TTL.`,
    );
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    this.#client.off('ready', this.#beat);
    this.bus.stop();
  }

  readonly #beat = (): void => {
    const { pending } = this;
    const inBackground = this.#failures.inBackground.bind(this.#failures);
    inBackground('heartbeat', () => this.bus.beat());
    // Nobody else may be there to find out that Redis answers again.
    if (!pending.isEmpty) inBackground('replay', () => pending.settle());
    else if (pending.isOpen)
      inBackground('probe', () => pending.run((client) => client.ping(), 'PING'));
    if (this.#adjustsClock && this.#beats++ % CLOCK_EVERY === 0)
      inBackground('clock', () => this.#redisClock.adjust(pending));
  };
}
