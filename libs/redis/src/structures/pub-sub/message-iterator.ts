import { BoundedQueue, type QueueOptions } from './bounded-queue.js';
import type { Message, Sink } from './subscription.js';

/** Options of `PubSub.messages`. */
export interface IteratorOptions extends QueueOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

type Result<T> = IteratorResult<Message<T>, undefined>;

/** What the loop reads from; made by `PubSub.messages`. */
export class MessageIterator<T> implements AsyncIterableIterator<Message<T>, undefined>, Sink<T> {
  readonly #queue: BoundedQueue<Message<T>>;
  readonly #waiting: ((result: Result<T>) => void)[] = [];
  #isEnded = false;
  #onEnd: () => void = () => undefined;

  constructor({ signal, ...options }: IteratorOptions) {
    this.#queue = new BoundedQueue(options);
    if (signal?.aborted) this.#isEnded = true;
    else signal?.addEventListener('abort', this.end, { once: true });
    this.#onEnd = () => signal?.removeEventListener('abort', this.end);
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Calls the listener once, when nobody reads any more. */
  onEnd(listener: () => void): void {
    if (this.#isEnded) return listener();
    const before = this.#onEnd;
    this.#onEnd = () => {
      before();
      listener();
    };
  }

  /** @returns false when a message was dropped */
  push(message: Message<T>): boolean {
    const next = this.#waiting.shift();
    if (!next) return this.#queue.push(message);
    next({ done: false, value: message });
    return true;
  }

  next(): Promise<Result<T>> {
    const value = this.#queue.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** `break` in the loop comes here. */
  return(): Promise<Result<T>> {
    this.clear();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends it and forgets what waits. */
  clear(): void {
    this.#queue.clear();
    this.end();
  }

  /** What waits stays for the reader. */
  idle(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  readonly end = (): void => {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd();
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  };

  [Symbol.asyncIterator](): this {
    return this;
  }
}
