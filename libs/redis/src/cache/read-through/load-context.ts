import { parseDuration, type Duration } from '../../common/duration.js';

/** What a loader is told and may decide. */
export interface LoadContext {
  readonly key: string;
  /** Gives this value another TTL than the caller asked for. */
  readonly setTtl: (ttl: Duration) => void;
  /** The value is returned and not stored. */
  readonly skip: () => void;
}

/** The other side of a {@link LoadContext}: what the loader decided. */
export class LoadControl {
  isSkipped = false;
  readonly context: LoadContext;

  constructor(
    key: string,
    public ttlMs: number,
  ) {
    this.context = {
      key,
      setTtl: (ttl) => {
        this.ttlMs = parseDuration(ttl, 'ttl');
      },
      skip: () => {
        this.isSkipped = true;
      },
    };
  }
}
