import { describe, expect, it } from '@jest/globals';
import { downstreamCacheControl, type DownstreamFacts } from './downstream.js';

const facts = (over: Partial<DownstreamFacts>): DownstreamFacts => ({
  scope: 'public',
  hasTags: false,
  isOff: false,
  ttlMs: 60_000,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  downstream: undefined,
  ...over,
});

const windows = { staleWhileRevalidateMs: 30_000, staleIfErrorMs: 90_500 };

describe('downstreamCacheControl', () => {
  it.each<[string, Partial<DownstreamFacts>, string | undefined]>([
    ['public', {}, 'public, max-age=60'],
    ['public, less than a second', { ttlMs: 900 }, 'public, max-age=0'],
    [
      'RFC 5861 3, 4: public with windows',
      windows,
      'public, max-age=60, stale-while-revalidate=30, stale-if-error=90',
    ],
    [
      'public with tags: browsers cannot hear of an invalidation',
      { hasTags: true, ...windows },
      'public, no-cache',
    ],
    ['private', { scope: 'private', ...windows }, 'private, no-cache'],
    ['no declared scope', { scope: undefined, ...windows }, 'no-cache'],
    ['@NoCache', { isOff: true }, 'no-store'],
    ['@NoCache whatever the option says', { isOff: true, downstream: 'ttl' }, 'no-store'],
    ['a length', { downstream: 5_000 }, 'public, max-age=5'],
    ['a length for a private scope', { scope: 'private', downstream: 5_000 }, 'private, max-age=5'],
    ['a length without a scope', { scope: undefined, downstream: 5_000 }, 'max-age=5'],
    ['a length with tags', { hasTags: true, downstream: 5_000 }, 'public, max-age=5'],
    [
      'ttl with tags',
      { hasTags: true, downstream: 'ttl', ...windows },
      'public, max-age=60, stale-while-revalidate=30, stale-if-error=90',
    ],
    ['ttl for a private scope', { scope: 'private', downstream: 'ttl' }, 'private, max-age=60'],
    ['revalidate', { downstream: 'revalidate', ...windows }, 'public, no-cache'],
    ['nothing', { downstream: false }, undefined],
    ['nothing on @NoCache', { isOff: true, downstream: false }, undefined],
  ])('%s', (_, over, expected) => {
    expect(downstreamCacheControl(facts(over))).toBe(expected);
  });
});
