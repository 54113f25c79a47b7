import { describe, expect, it } from '@jest/globals';
import { BoundedQueue, type DropPolicy } from './bounded-queue.js';

function left(overflow: DropPolicy): { taken: boolean[]; items: (number | undefined)[] } {
  const queue = new BoundedQueue<number>({ maxQueued: 2, overflow });
  const taken = [1, 2, 3].map((item) => queue.push(item));
  return { taken, items: [queue.shift(), queue.shift(), queue.shift()] };
}

describe('bounded queue', () => {
  it('drops the oldest', () => {
    expect(left('drop-oldest')).toEqual({ taken: [true, true, false], items: [2, 3, undefined] });
  });

  it('drops the newest', () => {
    expect(left('drop-newest')).toEqual({ taken: [true, true, false], items: [1, 2, undefined] });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a limit of %p', (maxQueued) => {
    expect(() => new BoundedQueue({ maxQueued })).toThrow(/maxQueued/);
  });
});
