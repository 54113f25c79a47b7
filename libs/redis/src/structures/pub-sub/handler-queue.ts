import { ConfigurationError } from '../../common/errors.js';
import { BoundedQueue, type QueueOptions } from './bounded-queue.js';

/** Options of a handler of messages, `PubSub.subscribe` and `@OnRedisMessage`. */
export interface HandlerOptions extends QueueOptions {
  /** Messages that the handler may be busy with at once. Default 1: one after the other, in order. */
  readonly concurrency?: number;
}

export interface HandlerQueueOptions<T> extends HandlerOptions {
  readonly handle: (item: T) => unknown;
  readonly failed: (error: unknown) => void;
}

/** Gives things to a handler, a few at a time; the others wait in a bounded queue. */
export class HandlerQueue<T> {
  readonly #queue: BoundedQueue<T>;
  readonly #options: HandlerQueueOptions<T>;
  readonly #concurrency: number;
  readonly #running = new Set<Promise<void>>();
  /** Of `#running`, those that will look at the queue again. */
  #busy = 0;

  /** @throws ConfigurationError */
  constructor(options: HandlerQueueOptions<T>) {
    const { concurrency = 1 } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new ConfigurationError('concurrency', concurrency, 'Give a whole number from 1.');
    this.#options = options;
    this.#concurrency = concurrency;
    this.#queue = new BoundedQueue(options);
  }

  get size(): number {
    return this.#queue.size;
  }

  /** @returns false when something was dropped */
  push(item: T): boolean {
    if (this.#busy >= this.#concurrency) return this.#queue.push(item);
    this.#busy += 1;
    const running: Promise<void> = this.#work(item).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return true;
  }

  clear(): void {
    this.#queue.clear();
  }

  /** Resolves when the handler has nothing to do. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #work(first: T): Promise<void> {
    let next: T | undefined = first;
    while (next !== undefined) {
      try {
        await this.#options.handle(next);
      } catch (error) {
        this.#options.failed(error);
      }
      next = this.#queue.shift();
    }
    this.#busy -= 1;
  }
}
