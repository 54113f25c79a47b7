import type { CacheReport } from './cache-report.js';
import type { InspectedKey } from './key-report.js';
import type { SessionReport } from './session-report.js';

/** `info` can be put right at leisure, `warning` costs time or money, `critical` loses data or logins. */
export type WarningSeverity = 'info' | 'warning' | 'critical';

/** Names of the warnings of the inspector, stable across releases. */
export type WarningId =
  | 'session-too-large'
  | 'session-near-limit'
  | 'entries-without-hits'
  | 'hot-key'
  | 'low-hit-ratio'
  | 'ttl-below-load-time';

/** What is wrong, and what to do about it. */
export interface InspectionWarning {
  readonly id: WarningId;
  readonly severity: WarningSeverity;
  /** A cache or a key; undefined for sessions as a whole. */
  readonly subject: string | undefined;
  readonly text: string;
  readonly remedy: string;
}

/** What warnings are made of. */
export interface WarningInput {
  readonly caches: readonly CacheReport[];
  readonly hottest: readonly InspectedKey[];
  /** Undefined without sessions. */
  readonly sessions: Pick<SessionReport, 'tooLarge' | 'large' | 'largestBytes'> | undefined;
  /** Option `session.maxBytes`. */
  readonly maxSessionBytes: number | undefined;
}

/** Fewer reads tell nothing. */
const ENOUGH_READS = 100;
const ENOUGH_ENTRIES = 10;
const LOW_RATIO = 0.5;
/** Of 255: about 100,000 uses with the default `lfu-log-factor` (redis.conf, "LFU"). */
const HOT = 100;

/** Pure: the same input gives the same warnings, the worst first. */
export function warningsOf(input: WarningInput): InspectionWarning[] {
  const found = [
    ...sessionWarnings(input),
    ...input.caches.flatMap(cacheWarnings),
    ...input.hottest.flatMap(hotKeyWarning),
  ];
  const order: readonly WarningSeverity[] = ['critical', 'warning', 'info'];
  return found.toSorted(
    (one, other) => order.indexOf(one.severity) - order.indexOf(other.severity),
  );
}

function sessionWarnings({ sessions, maxSessionBytes }: WarningInput): InspectionWarning[] {
  if (!sessions || maxSessionBytes === undefined) return [];
  const { tooLarge, large, largestBytes = 0 } = sessions;
  const remedy =
    'Keep ids in the session and the data in the cache, or raise `session.maxBytes` knowing that each request reads it all.';
  if (tooLarge > 0 || largestBytes > maxSessionBytes * 1.1)
    return [
      {
        id: 'session-too-large',
        severity: 'critical',
        subject: undefined,
        text:
          tooLarge > 0
            ? `${tooLarge} saves of sessions above ${maxSessionBytes} bytes were refused; what they held is lost.`
            : `A stored session takes ${largestBytes} bytes, above the limit of ${maxSessionBytes}; its next save is refused.`,
        remedy,
      },
    ];
  if (large === 0) return [];
  const text = `${large} saves of sessions came within a fifth of the limit of ${maxSessionBytes} bytes.`;
  return [{ id: 'session-near-limit', severity: 'warning', subject: undefined, text, remedy }];
}

function cacheWarnings(cache: CacheReport): InspectionWarning[] {
  return [withoutHits(cache), lowRatio(cache), shortTtl(cache)].filter(
    (warning) => warning !== undefined,
  );
}

function withoutHits({ name, redis, traffic }: CacheReport): InspectionWarning | undefined {
  const hits = traffic.l1Hits + traffic.l2Hits + traffic.stale;
  if (hits > 0 || traffic.misses < ENOUGH_READS || redis.entries < ENOUGH_ENTRIES) return undefined;
  return {
    id: 'entries-without-hits',
    severity: 'warning',
    subject: name,
    text: `Cache \`${name}\` keeps ${redis.entries} entries, and none of ${traffic.misses} reads found one.`,
    remedy:
      'See whether keys hold something that never repeats (a time, a random id, every query parameter), or stop caching it.',
  };
}

function lowRatio({ name, traffic }: CacheReport): InspectionWarning | undefined {
  const { hitRatio, l1Hits, l2Hits, stale, misses } = traffic;
  const hits = l1Hits + l2Hits + stale;
  if (hitRatio === undefined || hits === 0 || hits + misses < ENOUGH_READS) return undefined;
  if (hitRatio >= LOW_RATIO) return undefined;
  return {
    id: 'low-hit-ratio',
    severity: 'warning',
    subject: name,
    text: `Cache \`${name}\` answers ${Math.round(hitRatio * 100)} % of ${hits + misses} reads.`,
    remedy:
      'Raise `ttl`, use fewer variants of a key, or invalidate by narrower tags. Below one half, reads cost more than they save where loading is cheap.',
  };
}

function shortTtl({ name, ttlMs, traffic }: CacheReport): InspectionWarning | undefined {
  const { meanLoadMs, meanTtlMs = ttlMs } = traffic;
  if (meanLoadMs === undefined || meanTtlMs >= meanLoadMs) return undefined;
  return {
    id: 'ttl-below-load-time',
    severity: 'warning',
    subject: name,
    text: `Values of cache \`${name}\` live ${Math.round(meanTtlMs)} ms and take ${Math.round(meanLoadMs)} ms to load.`,
    remedy:
      'A value that has expired before it arrives helps nobody but those who waited for it. Raise `ttl`, or set `staleWhileRevalidate`.',
  };
}

function hotKeyWarning({ key, frequency = 0 }: InspectedKey): InspectionWarning[] {
  if (frequency < HOT) return [];
  return [
    {
      id: 'hot-key',
      severity: 'info',
      subject: key,
      text: `Key \`${key}\` is used very often (frequency ${frequency} of 255), all of it on one server.`,
      remedy:
        'Let the memory of the processes answer: a larger `memory.ttl` or `memory.maxEntries`. On a Cluster, split what one key holds.',
    },
  ];
}
