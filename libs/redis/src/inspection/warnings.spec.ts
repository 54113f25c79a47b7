import { describe, expect, it } from '@jest/globals';
import type { CacheReport, CacheTraffic } from './cache-report.js';
import { ttlHistogram } from './key-report.js';
import { warningsOf, type WarningInput } from './warnings.js';

const healthy: CacheTraffic = {
  l1Hits: 600,
  l2Hits: 300,
  misses: 100,
  stale: 0,
  hitRatio: 0.9,
  loads: 100,
  meanLoadMs: 20,
  meanTtlMs: 60_000,
};

function cache(traffic: Partial<CacheTraffic> = {}, entries = 50): CacheReport {
  return {
    name: 'products',
    ttlMs: 60_000,
    memory: undefined,
    redis: { entries, bytes: 1000, isExact: true, ttls: ttlHistogram([]) },
    traffic: { ...healthy, ...traffic },
  };
}

const noHits = { l1Hits: 0, l2Hits: 0, stale: 0, hitRatio: 0 };
const quiet: WarningInput = {
  caches: [cache()],
  hottest: [],
  sessions: { tooLarge: 0, large: 0, largestBytes: 900 },
  maxSessionBytes: 1000,
};
const key = (frequency: number | undefined) => ({
  key: 'cache:entry:products:{1}',
  address: '127.0.0.1:6379',
  bytes: 100,
  ttlMs: 1000,
  idleSeconds: undefined,
  frequency,
});

describe('warnings', () => {
  it.each<[string, Partial<WarningInput>, readonly string[]]>([
    ['nothing is wrong', {}, []],
    ['nobody reads yet', { caches: [cache({ ...noHits, misses: 0, hitRatio: undefined })] }, []],
    ['there are no sessions', { sessions: undefined }, []],
    [
      'saves were refused',
      { sessions: { tooLarge: 2, large: 9, largestBytes: 9 } },
      ['critical session-too-large'],
    ],
    [
      'a stored session is too large',
      { sessions: { tooLarge: 0, large: 0, largestBytes: 1500 } },
      ['critical session-too-large'],
    ],
    [
      'only the bookkeeping of Redis is above the limit',
      { sessions: { tooLarge: 0, large: 0, largestBytes: 1050 } },
      [],
    ],
    [
      'saves came near',
      { sessions: { tooLarge: 0, large: 1, largestBytes: 900 } },
      ['warning session-near-limit'],
    ],
    [
      'no entry is ever hit',
      { caches: [cache({ ...noHits, misses: 100 })] },
      ['warning entries-without-hits'],
    ],
    ['too few reads to tell', { caches: [cache({ ...noHits, misses: 99 })] }, []],
    ['no entry is kept', { caches: [cache({ ...noHits, misses: 100 }, 9)] }, []],
    [
      'the ratio is just one half',
      { caches: [cache({ l1Hits: 50, l2Hits: 0, misses: 50, hitRatio: 0.5 })] },
      [],
    ],
    [
      'the ratio is below one half',
      { caches: [cache({ l1Hits: 49, l2Hits: 0, misses: 51, hitRatio: 0.49 })] },
      ['warning low-hit-ratio'],
    ],
    [
      'the ratio is low over few reads',
      { caches: [cache({ l1Hits: 1, l2Hits: 0, misses: 98, hitRatio: 0.01 })] },
      [],
    ],
    [
      'loading takes longer than the value lives',
      { caches: [cache({ meanLoadMs: 501, meanTtlMs: 500 })] },
      ['warning ttl-below-load-time'],
    ],
    [
      'nothing was stored, so the option counts',
      { caches: [cache({ meanLoadMs: 60_001, meanTtlMs: undefined })] },
      ['warning ttl-below-load-time'],
    ],
    [
      'loading is as long as the life',
      { caches: [cache({ meanLoadMs: 500, meanTtlMs: 500 })] },
      [],
    ],
    ['a key is hot', { hottest: [key(100)] }, ['info hot-key']],
    ['a key is warm', { hottest: [key(99)] }, []],
    ['the server does not count uses', { hottest: [key(undefined)] }, []],
  ])('where %s', (_, change, expected) => {
    const found = warningsOf({ ...quiet, ...change });
    expect(found.map(({ severity, id }) => `${severity} ${id}`)).toEqual(expected);
  });

  it('tell the worst first, each with its subject and a remedy', () => {
    const found = warningsOf({
      ...quiet,
      caches: [cache({ meanLoadMs: 501, meanTtlMs: 500 })],
      hottest: [key(200)],
      sessions: { tooLarge: 1, large: 0, largestBytes: 0 },
    });
    expect(found.map(({ severity }) => severity)).toEqual(['critical', 'warning', 'info']);
    expect(found.map(({ subject }) => subject)).toEqual([undefined, 'products', key(200).key]);
    for (const { text, remedy } of found) {
      expect(text).toMatch(/\d/);
      expect(remedy.length).toBeGreaterThan(20);
    }
  });
});
