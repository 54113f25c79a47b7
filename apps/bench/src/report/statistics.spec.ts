import { describe, expect, it } from '@jest/globals';
import { median, percentile, ratios, summarize } from './statistics.js';

describe('median', () => {
  it.each([
    { values: [3], expected: 3 },
    { values: [9, 1, 5], expected: 5 },
    { values: [4, 1, 3, 2], expected: 2.5 },
    // As numbers, not as text: '10' sorts before '9'.
    { values: [10, 9, 100], expected: 10 },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves the order of its values', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses no values', () => {
    expect(() => median([])).toThrow('no values');
  });
});

describe('summarize', () => {
  it('gives the median with the least and the greatest', () => {
    expect(summarize([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);

  it.each([
    { percent: 50, expected: 50 },
    { percent: 99, expected: 99 },
    { percent: 100, expected: 100 },
    { percent: 0, expected: 1 },
  ])('$percent of 1 to 100 is $expected', ({ percent, expected }) => {
    expect(percentile(hundred, percent)).toBe(expected);
  });

  it('takes the nearest rank of few values', () => {
    expect(percentile([1, 2, 3], 50)).toBe(2);
    expect(percentile([1, 2, 3], 99)).toBe(3);
  });

  it('is NaN for no values', () => {
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('ratios', () => {
  it('divides round by round, so that a slow round does not count', () => {
    expect(ratios([100, 300], [50, 150])).toEqual([2, 2]);
  });

  it('refuses rounds that do not belong together', () => {
    expect(() => ratios([1, 2], [1])).toThrow('2 rounds cannot be divided by 1');
  });
});
