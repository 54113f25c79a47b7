import { describe, expect, it } from '@jest/globals';
import { freshness } from './freshness.js';

describe('freshness', () => {
  it.each([
    [{ freshUntil: 100, expiresAt: 200 }, 0, 'fresh'],
    [{ freshUntil: 100, expiresAt: 200 }, 99, 'fresh'],
    [{ freshUntil: 100, expiresAt: 200 }, 100, 'stale'],
    [{ freshUntil: 100, expiresAt: 200 }, 199, 'stale'],
    [{ freshUntil: 100, expiresAt: 200 }, 200, 'expired'],
    [{ freshUntil: 100, expiresAt: 100 }, 99, 'fresh'],
    [{ freshUntil: 100, expiresAt: 100 }, 100, 'expired'],
  ])('of %j at %p is %s', (entry, now, expected) => {
    expect(freshness(entry, now)).toBe(expected);
  });
});
