import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SHARDS, shardOf } from './shard.js';

describe('shardOf', () => {
  // Part of what is stored: another result would lead a key past its own waiting changes.
  it.each([
    ['a', 0],
    ['product:42', 3],
    ['größe', 2],
  ])('never changes for %p', (key, shard) => {
    expect(shardOf(key)).toBe(shard);
  });

  it('is a shard for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        const shard = shardOf(key);
        return Number.isInteger(shard) && shard >= 0 && shard < SHARDS;
      }),
    );
  });

  it('spreads keys that differ in a number evenly', () => {
    const counts = Array.from({ length: SHARDS }, () => 0);
    for (let id = 0; id < 16_000; id += 1) {
      const shard = shardOf(`product:${id}`);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
  });
});
