import { randomUUID } from 'node:crypto';
import type { CacheKeySpace } from '../../common/key-space.js';
import { isCluster, type RedisClient } from '../../connection/redis-client.js';
import type { RedisGate } from '../../connection/redis-gate.js';
import type { FailurePolicy } from '../failure-policy.js';
import { decodeMessage, encodeMessage, type Invalidation } from './invalidation-message.js';
import { WakeUps } from './wake-ups.js';

/** A listening connection that has gone quiet is found out within this time and replaced. */
const HEARTBEAT_MS = 1000;

export interface InvalidationBusOptions {
  readonly gate: RedisGate;
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
  readonly #seen = new Map<string, number>();
  readonly #listeners = new Set<InvalidationListener>();
  #sequence = 0;
  #isSubscribed = false;
  /** A message of ours did not get out; the next one shows the gap. */
  #owesMessage = false;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: InvalidationBusOptions) {
    this.#options = options;
  }

  /** True while invalidations of other nodes arrive. */
  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  start(): void {
    const { subscriber } = this.#options;
    subscriber.on('message', (channel: string, text: string) => this.#receive(channel, text));
    subscriber.on('ready', () => void this.#subscribe());
    subscriber.on('close', () => {
      this.#isSubscribed = false;
    });
    if (subscriber.status === 'ready') void this.#subscribe();
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    this.#listeners.clear();
  }

  listen(listener: InvalidationListener): void {
    this.#listeners.add(listener);
  }

  /** Tells the listeners of this process. */
  announce(invalidation: Invalidation): void {
    for (const listener of this.#listeners) listener.invalidated(invalidation);
  }

  /** Resolves once Redis has taken the message. A failure is reported, and shows itself to the others as a gap. */
  async publish(invalidation: Invalidation): Promise<void> {
    const { gate, keys, failures } = this.#options;
    this.#sequence += 1;
    const text = encodeMessage({ node: this.#node, sequence: this.#sequence, invalidation });
    const sent = await failures.attempt(
      'publish',
      () => gate.run((client) => client.publish(keys.bus, text)),
      undefined,
    );
    this.#owesMessage = sent === undefined;
  }

  async #subscribe(): Promise<void> {
    const { subscriber, keys, failures } = this.#options;
    const count = await failures.attempt(
      'subscribe',
      () => subscriber.subscribe(keys.bus, keys.wake),
      undefined,
    );
    if (count === undefined) return subscriber.disconnect(true);
    this.#isSubscribed = true;
    this.#seen.clear();
    this.#reset();
  }

  #receive(channel: string, text: string): void {
    if (channel === this.#options.keys.wake) return this.wakeUps.ring(text);
    const message = decodeMessage(text);
    if (!message) return this.#reset();
    if (message.node === this.#node) return;
    const expected = (this.#seen.get(message.node) ?? 0) + 1;
    this.#seen.set(message.node, message.sequence);
    if (message.sequence !== expected) this.#reset();
    this.announce(message.invalidation);
  }

  #reset(): void {
    for (const listener of this.#listeners) listener.reset();
  }

  /** Finds a half-open connection, and sends what could not be sent before. */
  async #beat(): Promise<void> {
    const { subscriber, failures } = this.#options;
    if (this.#owesMessage && !this.#options.gate.isOpen)
      await this.publish({ kind: 'generations', names: [] });
    if (!this.#isSubscribed || isCluster(subscriber)) return;
    const alive = await failures.attempt('heartbeat', () => subscriber.ping(), undefined);
    if (alive === undefined && this.#isSubscribed) subscriber.disconnect(true);
  }
}
