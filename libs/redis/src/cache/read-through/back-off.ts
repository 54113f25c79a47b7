import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';

const MOST_KEYS = 10_000;

/** Remembers which keys failed to load, so that a failing source is not asked by every request. Per process. */
export class BackOff {
  readonly #retryAt = new LRUCache<string, number>({ max: MOST_KEYS });

  constructor(private readonly clock: Clock) {}

  /** Counted from now, not from when the value went stale. */
  failed(key: string, retryAfterMs: number): void {
    this.#retryAt.set(key, this.clock.now() + retryAfterMs);
  }

  succeeded(key: string): void {
    this.#retryAt.delete(key);
  }

  isWaiting(key: string): boolean {
    return this.clock.now() < (this.#retryAt.get(key) ?? 0);
  }
}
