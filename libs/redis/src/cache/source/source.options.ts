import type { InjectionToken } from '@nestjs/common';
import { parseDuration, type Duration } from '../../common/duration.js';
import { ConfigurationError } from '../../common/errors.js';

/** `through`: the source first, then the cache, then the answer. `behind`: Redis, the answer, later the source. */
export type WriteMode = 'through' | 'behind';

/** Where the values of a named cache come from and go to. Default: the callers of the cache load and write. */
export interface SourceOptions {
  /** Provider that implements `CacheSource`, in `providers` of any module of the application. */
  readonly source?: InjectionToken;
  /** When a write reaches the source. Default `'through'`. */
  readonly writeMode?: WriteMode;
  /** Needs `writeMode: 'behind'`. */
  readonly writeBehind?: WriteBehindOptions;
}

/** Limits of `writeMode: 'behind'`. */
export interface WriteBehindOptions {
  /**
   * Time in which changes gather: those of one key become one write. Longer saves more writes and
   * leaves the source further behind. Default `'100ms'`.
   */
  readonly delay?: Duration;
  /** Most changes per `writeBatch`. Default 500. */
  readonly batchSize?: number;
  /**
   * Most changes that Redis holds for the source, dead letters included; `set` and `delete` are refused
   * beyond it (`CACHE_BACKLOG_FULL`). Each of the 16 shards takes an equal part. Default 100,000.
   */
  readonly maxPending?: number;
  /** Tries of one change before it becomes a dead letter. Default 10. */
  readonly attempts?: number;
  /** Wait after the first failure; it doubles with each further one, with jitter. Default `'200ms'`. */
  readonly retryDelay?: Duration;
  /** Longest wait between two tries. Default `'30s'`. */
  readonly maxRetryDelay?: Duration;
  /** A write that takes longer counts as failed. Default `'30s'`. */
  readonly writeTimeout?: Duration;
  /** A process that dies holds its changes back for this long; then another takes over. Default `'5s'`. */
  readonly lease?: Duration;
  /** Longest wait at shutdown for the source to catch up; the rest waits in Redis. Default `'5s'`. */
  readonly drain?: Duration;
}

export interface ResolvedWriteBehind {
  readonly delayMs: number;
  readonly batchSize: number;
  readonly maxPending: number;
  readonly attempts: number;
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
  readonly writeTimeoutMs: number;
  readonly leaseMs: number;
  readonly drainMs: number;
}

export interface ResolvedSource {
  readonly token: InjectionToken;
  /** Undefined for write-through. */
  readonly behind: ResolvedWriteBehind | undefined;
}

/** Fills in the defaults. @throws ConfigurationError that names the option */
export function resolveSource(
  { source, writeMode = 'through', writeBehind }: SourceOptions,
  path: string,
): ResolvedSource | undefined {
  if (writeMode !== 'through' && writeMode !== 'behind')
    throw new ConfigurationError(`${path}.writeMode`, writeMode, "Give 'through' or 'behind'.");
  if (writeMode === 'through' && writeBehind)
    throw new ConfigurationError(
      `${path}.writeBehind`,
      writeBehind,
      "Add writeMode: 'behind', or leave it out.",
    );
  if (source !== undefined) {
    const isBehind = writeMode === 'behind';
    const behind = isBehind
      ? resolveWriteBehind(writeBehind ?? {}, `${path}.writeBehind`)
      : undefined;
    return { token: source, behind };
  }
  if (writeMode === 'through') return undefined;
  throw new ConfigurationError(
    `${path}.source`,
    source,
    'Name the provider that implements CacheSource.',
  );
}

function resolveWriteBehind(options: WriteBehindOptions, path: string): ResolvedWriteBehind {
  const duration = (name: keyof WriteBehindOptions, value: Duration): number =>
    parseDuration(options[name] ?? value, `${path}.${name}`);
  const count = (name: 'batchSize' | 'maxPending' | 'attempts', value: number): number =>
    wholeNumber(options[name] ?? value, `${path}.${name}`);
  return {
    delayMs: duration('delay', '100ms'),
    batchSize: count('batchSize', 500),
    maxPending: count('maxPending', 100_000),
    attempts: count('attempts', 10),
    retryDelayMs: duration('retryDelay', '200ms'),
    maxRetryDelayMs: duration('maxRetryDelay', '30s'),
    writeTimeoutMs: duration('writeTimeout', '30s'),
    leaseMs: duration('lease', '5s'),
    drainMs: duration('drain', '5s'),
  };
}

function wholeNumber(value: number, option: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(option, value, 'Give a whole number from 1.');
}
