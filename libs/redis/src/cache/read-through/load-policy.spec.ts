import { describe, expect, it } from '@jest/globals';
import { DEFAULT_LOAD_POLICY, graceOf, lifeOf, resolveLoadPolicy } from './load-policy.js';

describe('resolveLoadPolicy', () => {
  it('keeps the defaults of the cache where a call says nothing', () => {
    const cache = resolveLoadPolicy({ staleIfError: '1h', softTimeout: 100 }, 'cache');
    expect(resolveLoadPolicy({ softTimeout: 50 }, 'options', cache)).toEqual({
      ...cache,
      softTimeoutMs: 50,
    });
  });

  it.each([
    ['cache.staleIfError', { staleIfError: 'soon' }],
    ['cache.refreshAhead', { refreshAhead: 1 }],
    ['cache.jitter', { jitter: -0.1 }],
    ['cache.softTimeout', { softTimeout: '2s', hardTimeout: '1s' }],
  ])('refuses a wrong %s', (option, options) => {
    expect(() => resolveLoadPolicy(options as object, 'cache')).toThrow(`\`${option}\``);
  });
});

describe('lifeOf', () => {
  const policy = { ...DEFAULT_LOAD_POLICY, nullTtlMs: 50, maxTtlMs: 500, jitter: 0.2 };

  it.each([
    ['a value', 'x', 100, 0, 100],
    ['a value with the most jitter', 'x', 100, 1, 80],
    ['null', null, 100, 0, 50],
    ['a falsy value, as any other', 0, 100, 0, 100],
    ['more than the most allowed', 'x', 1000, 0, 500],
  ])('of %s', (_, value, asked, chance, expected) => {
    expect(lifeOf(value, asked, policy, () => chance)).toBe(expected);
  });

  it('is never nothing', () => {
    expect(lifeOf('x', 1, policy, () => 1)).toBe(1);
  });
});

describe('graceOf', () => {
  it('is the longer of the two', () => {
    expect(graceOf({ ...DEFAULT_LOAD_POLICY, staleIfErrorMs: 5, staleWhileRevalidateMs: 9 })).toBe(
      9,
    );
  });
});
