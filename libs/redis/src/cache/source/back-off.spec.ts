import { describe, expect, it } from '@jest/globals';
import { backOffMs } from './back-off.js';

describe('backOffMs', () => {
  const limits = { firstMs: 200, ceilingMs: 30_000 };

  it.each([
    [0, 200],
    [1, 200],
    [2, 400],
    [3, 800],
    [8, 25_600],
    [9, 30_000],
    [1000, 30_000],
  ])('waits after %d failures between half of %d ms and all of it', (failures, most) => {
    expect(backOffMs(failures, { ...limits, random: () => 0 })).toBe(most / 2);
    expect(backOffMs(failures, { ...limits, random: () => 0.999_999 })).toBe(most);
  });
});
