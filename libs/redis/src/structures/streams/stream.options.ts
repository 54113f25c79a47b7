import { parseDuration, type Duration } from '../../common/duration.js';
import { ConfigurationError } from '../../common/errors.js';

/** One stream of `RedisModule.forFeature({ streams })`. */
export interface StreamOptions<T = unknown> {
  /**
   * Messages that may wait, those of the slowest group counted; at this many, `publish` rejects with `STREAM_FULL`.
   * Default 100,000. Messages that every group has acknowledged do not count: they are removed.
   */
  readonly maxLength?: number;
  /** Times that a message is given to a handler before it becomes a dead letter. Default 5. */
  readonly maxDeliveries?: number;
  /** A consumer that gives no sign of life for this long loses its messages to the others. Default 30 seconds. */
  readonly claimAfter?: Duration;
  /** Wait before a message whose handler failed comes again; doubles with each failure, up to `claimAfter`. Default 1 second. */
  readonly retryAfter?: Duration;
  /** Turns what came over the wire into a message, or throws, which counts as a failure. */
  readonly parse?: (value: unknown) => T;
}

export interface ResolvedStream {
  readonly name: string;
  readonly maxLength: number;
  readonly maxDeliveries: number;
  readonly claimAfterMs: number;
  readonly retryAfterMs: number;
  readonly parse: ((value: unknown) => unknown) | undefined;
}

/** @throws ConfigurationError */
export function resolveStream(name: string, options: StreamOptions): ResolvedStream {
  const path = `streams.${name}`;
  const { maxLength = 100_000, maxDeliveries = 5, claimAfter = '30s', retryAfter = '1s' } = options;
  wholeFromOne(`${path}.maxLength`, maxLength);
  wholeFromOne(`${path}.maxDeliveries`, maxDeliveries);
  const claimAfterMs = parseDuration(claimAfter, `${path}.claimAfter`);
  const retryAfterMs = parseDuration(retryAfter, `${path}.retryAfter`);
  if (claimAfterMs < 500)
    throw new ConfigurationError(
      `${path}.claimAfter`,
      claimAfter,
      'Give at least 500 ms: a consumer that is only slow to answer would lose its messages.',
    );
  return { name, maxLength, maxDeliveries, claimAfterMs, retryAfterMs, parse: options.parse };
}

/** @throws ConfigurationError */
export function wholeFromOne(option: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1) return;
  throw new ConfigurationError(option, value, 'Give a whole number from 1.');
}

/** Milliseconds until a message comes again after so many deliveries. */
export function retryDelayMs(
  { retryAfterMs, claimAfterMs }: Pick<ResolvedStream, 'retryAfterMs' | 'claimAfterMs'>,
  deliveries: number,
): number {
  return Math.min(retryAfterMs * 2 ** Math.min(deliveries - 1, 20), claimAfterMs);
}
