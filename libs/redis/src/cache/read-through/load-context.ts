import { parseDuration, type Duration } from '../../common/duration.js';

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

/** The other side of a {@link LoadContext}: what the loader decided. */
export class LoadControl<T> {
  isSkipped = false;
  tags: readonly string[] = [];
  readonly context: LoadContext<T>;
  readonly #abort = new AbortController();

  constructor(
    key: string,
    stale: T | undefined,
    public ttlMs: number,
  ) {
    this.context = {
      key,
      signal: this.#abort.signal,
      stale,
      setTtl: (ttl) => {
        this.ttlMs = parseDuration(ttl, 'ttl');
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
    this.#abort.abort(reason);
  }
}
