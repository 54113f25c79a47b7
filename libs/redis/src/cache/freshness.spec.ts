import { describe, expect, it } from '@jest/globals';
import { freshness, type FreshnessPolicy } from './freshness.js';

const entry = { createdAt: 0, freshUntil: 100, expiresAt: 400 };
const plain: FreshnessPolicy = {
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  refreshAhead: undefined,
};
const swr = { ...plain, staleWhileRevalidateMs: 50 };
const sie = { ...plain, staleIfErrorMs: 200 };
const both = { ...swr, staleIfErrorMs: 200 };
const ahead = { ...plain, refreshAhead: 0.8 };

describe('freshness', () => {
  it.each([
    ['plain', plain, 0, 'fresh'],
    ['plain', plain, 99, 'fresh'],
    ['plain', plain, 100, 'expired'],
    ['stale-while-revalidate', swr, 99, 'fresh'],
    ['stale-while-revalidate', swr, 100, 'stale'],
    ['stale-while-revalidate', swr, 149, 'stale'],
    ['stale-while-revalidate', swr, 150, 'expired'],
    ['stale-if-error', sie, 100, 'grace'],
    ['stale-if-error', sie, 299, 'grace'],
    ['stale-if-error', sie, 300, 'expired'],
    ['both', both, 149, 'stale'],
    ['both', both, 150, 'grace'],
    ['both', both, 300, 'expired'],
    ['refreshAhead', ahead, 79, 'fresh'],
    ['refreshAhead', ahead, 80, 'due'],
    ['refreshAhead', ahead, 99, 'due'],
    ['refreshAhead', ahead, 100, 'expired'],
    [
      'a longer grace than the entry was kept for',
      { ...plain, staleIfErrorMs: 1000 },
      400,
      'expired',
    ],
  ] as const)('with %s at %p: %p is %s', (_, policy, now, expected) => {
    expect(freshness(entry, now, policy)).toBe(expected);
  });
});
