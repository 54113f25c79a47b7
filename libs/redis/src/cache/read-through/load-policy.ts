import { parseDuration, type Duration } from '../../common/duration.js';
import { ConfigurationError } from '../../common/errors.js';
import type { FreshnessPolicy } from '../freshness.js';

/** What one call may ask for, other than its cache. */
export interface CallPolicyOptions {
  /** Past its TTL a value is served at once for this long, while one caller on one node loads it again. Default: never. */
  readonly staleWhileRevalidate?: Duration;
  /** Past its TTL a value is served for this long when loading it again fails or is too slow. Default: never. */
  readonly staleIfError?: Duration;
  /** A load that takes longer goes on in the background, and a stale value is served, where there is one. Default: none. */
  readonly softTimeout?: Duration;
  /** A load that takes longer is given up: its `signal` is aborted, and a stale value is served or the call fails. Default: none. */
  readonly hardTimeout?: Duration;
  /** Part of the TTL, such as 0.8, after which a hit loads the value again in the background, on one node. Default: none. */
  readonly refreshAhead?: number;
}

/** How a cache loads, and how long a value is of use. */
export interface LoadPolicyOptions extends CallPolicyOptions {
  /** Which errors of a loader a stale value may stand in for. Default: all. */
  readonly serveStaleOn?: (error: unknown) => boolean;
  /** After a load that failed or was too slow, stale values are served for this long without another try. Default `'5s'`. */
  readonly retryAfter?: Duration;
  /** Part of the TTL, from 0 to below 1, by which lives are shortened at random, so that entries made together do not end together. Default 0. */
  readonly jitter?: number;
  /** Life of a `null`, "there is no such thing". Default: as any other value. */
  readonly nullTtl?: Duration;
  /** No entry lives longer, whatever a caller or a loader asks for. Default: no limit. */
  readonly maxTtl?: Duration;
}

export interface LoadPolicy extends FreshnessPolicy {
  readonly serveStaleOn: (error: unknown) => boolean;
  readonly retryAfterMs: number;
  readonly softTimeoutMs: number | undefined;
  readonly hardTimeoutMs: number | undefined;
  readonly jitter: number;
  readonly nullTtlMs: number | undefined;
  readonly maxTtlMs: number;
}

export const DEFAULT_LOAD_POLICY: LoadPolicy = {
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  serveStaleOn: () => true,
  retryAfterMs: 5000,
  softTimeoutMs: undefined,
  hardTimeoutMs: undefined,
  refreshAhead: undefined,
  jitter: 0,
  nullTtlMs: undefined,
  maxTtlMs: Infinity,
};

/**
 * Fills in what the options do not say.
 *
 * @param path name of the cache in messages, such as `cache` or `caches.products`
 * @throws ConfigurationError
 */
export function resolveLoadPolicy(
  options: LoadPolicyOptions,
  path: string,
  defaults: LoadPolicy = DEFAULT_LOAD_POLICY,
): LoadPolicy {
  const duration = (name: keyof LoadPolicyOptions): number | undefined => {
    const value = options[name];
    return value === undefined ? undefined : parseDuration(value as Duration, `${path}.${name}`);
  };
  const policy = {
    staleWhileRevalidateMs: duration('staleWhileRevalidate') ?? defaults.staleWhileRevalidateMs,
    staleIfErrorMs: duration('staleIfError') ?? defaults.staleIfErrorMs,
    serveStaleOn: options.serveStaleOn ?? defaults.serveStaleOn,
    retryAfterMs: duration('retryAfter') ?? defaults.retryAfterMs,
    softTimeoutMs: duration('softTimeout') ?? defaults.softTimeoutMs,
    hardTimeoutMs: duration('hardTimeout') ?? defaults.hardTimeoutMs,
    refreshAhead: fraction(options.refreshAhead, `${path}.refreshAhead`) ?? defaults.refreshAhead,
    jitter: fraction(options.jitter, `${path}.jitter`) ?? defaults.jitter,
    nullTtlMs: duration('nullTtl') ?? defaults.nullTtlMs,
    maxTtlMs: duration('maxTtl') ?? defaults.maxTtlMs,
  };
  checkTimeouts(policy, path);
  return policy;
}

const CALL_POLICY: readonly (keyof CallPolicyOptions)[] = [
  'staleWhileRevalidate',
  'staleIfError',
  'softTimeout',
  'hardTimeout',
  'refreshAhead',
];

/** The policy of one call: that of its cache, except for what the call says itself. */
export function callPolicy(options: CallPolicyOptions, policy: LoadPolicy): LoadPolicy {
  return CALL_POLICY.some((name) => options[name] !== undefined)
    ? resolveLoadPolicy(options, 'options', policy)
    : policy;
}

/** Life of a value: what was asked for, within the policy, shortened by chance. */
export function lifeOf(
  value: unknown,
  askedMs: number,
  policy: LoadPolicy,
  random: () => number = Math.random,
): number {
  const wanted = value === null ? (policy.nullTtlMs ?? askedMs) : askedMs;
  const longest = Math.min(wanted, policy.maxTtlMs);
  return Math.max(1, Math.round(longest * (1 - policy.jitter * random())));
}

/** How long past its TTL an entry is kept. */
export function graceOf({ staleWhileRevalidateMs, staleIfErrorMs }: FreshnessPolicy): number {
  return Math.max(staleWhileRevalidateMs, staleIfErrorMs);
}

function fraction(value: number | undefined, option: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0 && value < 1)) return value;
  throw new ConfigurationError(option, value, 'Give a number from 0 to below 1, such as 0.8.');
}

function checkTimeouts({ softTimeoutMs, hardTimeoutMs }: LoadPolicy, path: string): void {
  if (softTimeoutMs === undefined || hardTimeoutMs === undefined || softTimeoutMs < hardTimeoutMs)
    return;
  throw new ConfigurationError(
    `${path}.softTimeout`,
    softTimeoutMs,
    `It must be shorter than hardTimeout (${hardTimeoutMs} ms).`,
  );
}
