import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CacheKeySpace } from '../../common/key-space.js';
import { isCluster, type RedisClient } from '../../connection/redis-client.js';
import { meansUnavailable } from '../../connection/redis-gate.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { Gate } from '../gate.js';
import { decodeMessage, encodeMessage, type Invalidation } from './invalidation-message.js';
import { WakeUps } from './wake-ups.js';

/** Senders whose numbers are remembered; one that was forgotten costs a needless reset, no more. */
const MOST_NODES = 1000;

export interface InvalidationBusOptions {
  readonly gate: Gate;
  /** Connection that only listens. */
  readonly subscriber: RedisClient;
  readonly keys: CacheKeySpace;
  readonly failures: FailurePolicy;
}

export interface InvalidationListener {
  invalidated(invalidation: Invalidation): void;
  /** Something may have been missed: forget everything held in memory. */
  reset(): void;
}

/**
 * Tells the other nodes what became invalid, over Redis pub/sub. Pub/sub delivers at most once, so
 * every node numbers its messages; a gap, an unreadable message or a new subscription empties the
 * memory of the receiver.
 */
export class InvalidationBus {
  readonly wakeUps = new WakeUps();
  readonly #options: InvalidationBusOptions;
  readonly #node = randomUUID();
  readonly #seen = new LRUCache<string, number>({ max: MOST_NODES });
  readonly #listeners = new Set<InvalidationListener>();
  #sequence = 0;
  #isSubscribed = false;

  constructor(options: InvalidationBusOptions) {
    this.#options = options;
  }

  /** True while invalidations of other nodes arrive. */
  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  start(): void {
    const { subscriber } = this.#options;
    subscriber.on('message', this.#receive);
    subscriber.on('ready', this.#subscribe);
    subscriber.on('close', this.#lost);
    if (subscriber.status === 'ready') this.#subscribe();
  }

  /** Hears nothing more. Requests that are still under way go on to tell this process. */
  stop(): void {
    const { subscriber } = this.#options;
    subscriber.off('message', this.#receive);
    subscriber.off('ready', this.#subscribe);
    subscriber.off('close', this.#lost);
    this.#lost();
  }

  listen(listener: InvalidationListener): void {
    this.#listeners.add(listener);
  }

  /** Tells the listeners of this process. */
  announce(invalidation: Invalidation): void {
    for (const listener of this.#listeners) listener.invalidated(invalidation);
  }

  /**
   * Resolves once Redis has taken the message or is known not to. The number is used up either way, so
   * that a message which did not get out shows itself to the others as a gap.
   *
   * @returns false when Redis could not be reached, and it is worth trying again
   */
  async publish(invalidation: Invalidation): Promise<boolean> {
    const { gate, keys, failures } = this.#options;
    this.#sequence += 1;
    const text = encodeMessage({ node: this.#node, sequence: this.#sequence, invalidation });
    try {
      await gate.run((client) => client.publish(keys.bus, text), 'PUBLISH');
      return true;
    } catch (error) {
      failures.report('publish', error);
      return !meansUnavailable(error);
    }
  }

  /**
   * Finds a half-open connection: one that has gone quiet without being closed. Until it is replaced
   * nothing arrives, so memory does not count from here on.
   */
  async beat(): Promise<void> {
    const { subscriber, failures } = this.#options;
    if (!this.#isSubscribed || isCluster(subscriber)) return;
    const alive = await failures.attempt('heartbeat', () => subscriber.ping(), undefined);
    if (alive !== undefined || !this.#isSubscribed) return;
    this.#lost();
    subscriber.disconnect(true);
  }

  readonly #subscribe = (): void => {
    const { subscriber, keys, failures } = this.#options;
    failures.inBackground('subscribe', async () => {
      const subscribe = (): Promise<unknown> => subscriber.subscribe(keys.bus, keys.wake);
      const count = await failures.attempt('subscribe', subscribe, undefined);
      if (count === undefined) subscriber.disconnect(true);
      else this.#subscribed();
    });
  };

  #subscribed(): void {
    this.#isSubscribed = true;
    this.#seen.clear();
    this.#reset();
  }

  readonly #lost = (): void => {
    this.#isSubscribed = false;
  };

  readonly #receive = (channel: string, text: string): void => {
    const { keys } = this.#options;
    if (channel === keys.wake) return this.wakeUps.ring(text);
    // Session events may come over the same connection.
    if (channel !== keys.bus) return;
    const message = decodeMessage(text);
    if (!message) return this.#reset();
    if (message.node === this.#node) return;
    const expected = (this.#seen.get(message.node) ?? 0) + 1;
    this.#seen.set(message.node, message.sequence);
    if (message.sequence !== expected) this.#reset();
    this.announce(message.invalidation);
  };

  #reset(): void {
    for (const listener of this.#listeners) listener.reset();
  }
}
