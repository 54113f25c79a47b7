import { describe, expect, it } from '@jest/globals';
import { parseDuration, type Duration } from './duration.js';

describe('parseDuration', () => {
  it.each([
    [250, 250],
    ['250', 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['1.5s', 1_500],
    [0.6 + 1, 2],
  ])('reads %p as %p ms', (value, expected) => {
    expect(parseDuration(value as Duration, 'cache.ttl')).toBe(expected);
  });

  it.each([0, -1, NaN, Infinity, '', ' ', 'soon', '-5m', '0', '101y', null, undefined, {}])(
    'refuses %p and names the option',
    (value) => {
      expect(() => parseDuration(value as Duration, 'cache.ttl')).toThrow(/`cache\.ttl`.*'5m'/);
    },
  );
});
