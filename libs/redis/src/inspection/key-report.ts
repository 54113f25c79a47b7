import type { KeyNames } from './key-names.js';
import type { MeasuredKey } from './key-sample.js';

/** One key, written so that it gives no session away. */
export interface InspectedKey {
  readonly key: string;
  readonly address: string;
  readonly bytes: number | undefined;
  /** -1 without an expiry. */
  readonly ttlMs: number | undefined;
  readonly idleSeconds: number | undefined;
  /** 0 to 255, logarithmic; only where `maxmemory-policy` is one of LFU. */
  readonly frequency: number | undefined;
}

/** How many of the sampled keys have how long to live. */
export interface TtlBucket {
  /** Upper bound in seconds; undefined for longer lives. */
  readonly upToSeconds: number | undefined;
  readonly keys: number;
}

/** How long the sampled keys have left. */
export interface TtlHistogram {
  readonly buckets: readonly TtlBucket[];
  readonly withoutExpiry: number;
}

const TTL_BOUNDS = [1, 10, 60, 300, 1800, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600];

export function biggest(
  keys: readonly MeasuredKey[],
  names: KeyNames,
  top: number,
): InspectedKey[] {
  return keys
    .filter(({ bytes }) => bytes !== undefined)
    .toSorted((one, other) => other.bytes! - one.bytes!)
    .slice(0, top)
    .map((key) => shownKey(key, names));
}

/** By frequency where the server counts uses, else by how short ago they were used. */
export function hottest(
  keys: readonly MeasuredKey[],
  names: KeyNames,
  top: number,
): InspectedKey[] {
  return keys
    .filter(({ frequency, idleSeconds }) => frequency !== undefined || idleSeconds !== undefined)
    .toSorted((one, other) => heat(other) - heat(one))
    .slice(0, top)
    .map((key) => shownKey(key, names));
}

export function ttlHistogram(keys: readonly Pick<MeasuredKey, 'ttlMs'>[]): TtlHistogram {
  const lives = keys.flatMap(({ ttlMs }) => (ttlMs === undefined ? [] : [ttlMs]));
  const expiring = lives.filter((ttlMs) => ttlMs >= 0).map((ttlMs) => ttlMs / 1000);
  const bounds = [...TTL_BOUNDS, undefined];
  const buckets = bounds.map((upToSeconds, at) => {
    const above = TTL_BOUNDS[at - 1] ?? -Infinity;
    const inIt = expiring.filter((life) => life > above && life <= (upToSeconds ?? Infinity));
    return { upToSeconds, keys: inIt.length };
  });
  return { buckets, withoutExpiry: lives.length - expiring.length };
}

function heat({ frequency, idleSeconds = 0 }: MeasuredKey): number {
  return frequency ?? -idleSeconds;
}

function shownKey(measured: MeasuredKey, names: KeyNames): InspectedKey {
  const { key, node, bytes, ttlMs, idleSeconds, frequency } = measured;
  return { key: names.shown(key), address: node.address, bytes, ttlMs, idleSeconds, frequency };
}
