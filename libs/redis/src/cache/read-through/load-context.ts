import { parseDuration, type Duration } from '../../common/duration.js';
import type { Entry } from '../entry.js';

/** What a loader is told and may decide. */
export interface LoadContext<T = unknown> {
  readonly key: string;
  /** Aborted at the hard timeout: nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** The value that is past its time, where there is one; shared, so never change it. */
  readonly stale: T | undefined;
  /** Gives this value another TTL than the caller asked for. */
  readonly setTtl: (ttl: Duration) => void;
  /**
   * Adds tags that only the value tells. Tags that are known before are better given to the call: a tag
   * that is new to Redis keeps this first value from being stored, since nobody can tell whether it was
   * invalidated while the load ran.
   */
  readonly setTags: (tags: readonly string[]) => void;
  /** The value is returned and not stored. */
  readonly skip: () => void;
}

/** What the caches that are built on this one are told besides. */
export interface InnerLoadContext<T = unknown> extends LoadContext<T> {
  readonly staleEntry: Entry<T> | undefined;
  /** Nobody waits for the value: one past its time is served meanwhile. */
  readonly isBackground: boolean;
  /** Generations as they were before the load began; undefined when Redis did not say. */
  readonly seen: ReadonlyMap<string, string> | undefined;
  /** How long the value is kept past its TTL, in milliseconds. */
  readonly setGrace: (graceMs: number) => void;
}

interface Beginning<T> {
  readonly key: string;
  readonly stale: Entry<T> | undefined;
  readonly isBackground: boolean;
  readonly seen: ReadonlyMap<string, string> | undefined;
  readonly ttlMs: number;
  readonly graceMs: number;
}

/** The other side of a {@link LoadContext}: what the loader decided. */
export class LoadControl<T> {
  isSkipped = false;
  tags: readonly string[] = [];
  ttlMs: number;
  graceMs: number;
  readonly context: InnerLoadContext<T>;
  /** Made for the loader that asks for it: few do, and each miss would pay for it. */
  #abort: AbortController | undefined;
  #reason: Error | undefined;

  constructor({ key, stale, isBackground, seen, ttlMs, graceMs }: Beginning<T>) {
    this.ttlMs = ttlMs;
    this.graceMs = graceMs;
    const signalOf = (): AbortSignal => this.#signal;
    this.context = {
      key,
      get signal() {
        return signalOf();
      },
      stale: stale?.value,
      staleEntry: stale,
      isBackground,
      seen,
      setTtl: (ttl) => {
        this.ttlMs = parseDuration(ttl, 'ttl');
      },
      setGrace: (ms) => {
        this.graceMs = ms;
      },
      setTags: (tags) => {
        this.tags = tags;
      },
      skip: () => {
        this.isSkipped = true;
      },
    };
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#abort?.abort(reason);
  }

  get #signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#reason) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }
}
