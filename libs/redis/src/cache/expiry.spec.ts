import { describe, expect, it } from '@jest/globals';
import { accessed, resolveExpiry, touched, withEnd } from './expiry.js';

const NO_LIMIT = { ttlMs: 1000, maxLifetimeMs: Infinity };

function entryUntil(freshUntil: number) {
  return {
    value: 1,
    createdAt: 0,
    freshUntil,
    expiresAt: freshUntil + 50,
    generations: [],
    bytes: 1,
  };
}

describe('accessed', () => {
  it.each([
    // now, fresh until, longest life, then fresh until
    [100, 1000, Infinity, 1000],
    [101, 1000, Infinity, 1101],
    [999, 1000, Infinity, 1999],
    [1000, 1000, Infinity, 1000],
    [500, 1000, 1200, 1200],
    [1100, 1200, 1200, 1200],
    [500, 1000, 800, 1000],
    [500, 5000, Infinity, 5000],
  ])('at %p, fresh until %p, living %p at most: then until %p', (now, until, most, then) => {
    const entry = entryUntil(until);
    const after = accessed(entry, now, { ttlMs: 1000, maxLifetimeMs: most });
    expect(after.freshUntil).toBe(then);
    expect(after.expiresAt).toBe(then + 50);
  });

  it('goes by the TTL of the entry, not by that of the cache', () => {
    const own = { ...entryUntil(100), slidingTtlMs: 100 };
    expect(accessed(own, 5, NO_LIMIT)).toBe(own);
    const once = accessed(own, 50, NO_LIMIT);
    expect(once).toMatchObject({ freshUntil: 150, expiresAt: 200, slidingTtlMs: 100 });
    expect(accessed(once, 140, NO_LIMIT).freshUntil).toBe(240);
  });

  it('gives the same entry where nothing is to be done', () => {
    const entry = entryUntil(1000);
    expect(accessed(entry, 50, NO_LIMIT)).toBe(entry);
  });
});

describe('touched', () => {
  it('gives the entry a new TTL, which later reads go by', () => {
    const expiry = { expiry: 'accessed', maxLifetimeMs: 5000 } as const;
    expect(touched(entryUntil(1000), 200, { ...expiry, ttlMs: 300 })).toMatchObject({
      freshUntil: 500,
      slidingTtlMs: 300,
    });
    expect(touched(entryUntil(1000), 200, { ...expiry, ttlMs: 9000 }).freshUntil).toBe(5000);
  });

  it('remembers no TTL where reads prolong nothing', () => {
    const expiry = { expiry: 'modified', maxLifetimeMs: Infinity } as const;
    expect(touched(entryUntil(1000), 200, { ...expiry, ttlMs: 300 })).not.toHaveProperty(
      'slidingTtlMs',
    );
  });
});

describe('withEnd', () => {
  it('keeps the grace, and the limit', () => {
    expect(withEnd(entryUntil(1000), 200)).toMatchObject({ freshUntil: 200, expiresAt: 250 });
    expect(withEnd(entryUntil(1000), 9000, 3000)).toMatchObject({
      freshUntil: 3000,
      expiresAt: 3050,
    });
  });
});

describe('resolveExpiry', () => {
  it('counts from the last write, without a limit, where nothing is said', () => {
    expect(resolveExpiry({}, 'cache')).toEqual({ expiry: 'modified', maxLifetimeMs: Infinity });
  });

  it('takes the rest from the defaults', () => {
    const defaults = resolveExpiry({ expiry: 'accessed', maxLifetime: '1h' }, 'cache');
    expect(resolveExpiry({ maxLifetime: 5 }, 'caches.x', defaults)).toEqual({
      expiry: 'accessed',
      maxLifetimeMs: 5,
    });
  });

  it('names what it does not know', () => {
    expect(() => resolveExpiry({ expiry: 'touched' as never }, 'caches.x')).toThrow(
      /caches\.x\.expiry.*touched/,
    );
    expect(() => resolveExpiry({ maxLifetime: 0 }, 'cache')).toThrow(/cache\.maxLifetime/);
  });
});
