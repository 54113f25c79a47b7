import { ConfigurationError } from '../../common/errors.js';

/** What goes when a queue is full: the message that waits longest, or the new one. */
export type DropPolicy = 'drop-oldest' | 'drop-newest';

/** What waits between Redis and whoever takes the messages. */
export interface QueueOptions {
  /** Messages that may wait for the handler. Default 1000. */
  readonly maxQueued?: number;
  /** Default `drop-oldest`: what comes last is worth most. */
  readonly overflow?: DropPolicy;
}

/** Things that wait, at most so many of them. */
export class BoundedQueue<T> {
  readonly #waiting: T[] = [];
  readonly #max: number;
  readonly #overflow: DropPolicy;

  /** @throws ConfigurationError */
  constructor({ maxQueued = 1000, overflow = 'drop-oldest' }: QueueOptions) {
    if (!Number.isInteger(maxQueued) || maxQueued < 1)
      throw new ConfigurationError('maxQueued', maxQueued, 'Give a whole number from 1.');
    if (overflow !== 'drop-oldest' && overflow !== 'drop-newest')
      throw new ConfigurationError('overflow', overflow, 'Give `drop-oldest` or `drop-newest`.');
    this.#max = maxQueued;
    this.#overflow = overflow;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** @returns false when something was dropped for it, or it was */
  push(item: T): boolean {
    if (this.#waiting.length < this.#max) {
      this.#waiting.push(item);
      return true;
    }
    if (this.#overflow === 'drop-oldest') {
      this.#waiting.shift();
      this.#waiting.push(item);
    }
    return false;
  }

  shift(): T | undefined {
    return this.#waiting.shift();
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
