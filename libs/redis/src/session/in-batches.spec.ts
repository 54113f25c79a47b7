import { describe, expect, it } from '@jest/globals';
import { batches } from '../common/batches.js';
import { BATCH, inBatches } from './in-batches.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('work in batches', () => {
  it('leaves nothing out', () => {
    for (const count of [0, 1, 100, 101, 250])
      expect([...batches(numbers(count), BATCH)].flat()).toEqual(numbers(count));
  });

  it('has 100 at a time under way, and keeps the order of the results', async () => {
    let [running, most] = [0, 0];
    const doubled = await inBatches(numbers(250), async (one) => {
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
      return 2 * one;
    });
    expect([most, doubled]).toEqual([100, numbers(250).map((one) => 2 * one)]);
  });

  it('goes on after a failure, which is told at the end', async () => {
    const done: number[] = [];
    const work = inBatches(numbers(250), async (one) => {
      if (one % 100 === 7) throw new Error(`failed at ${one}`);
      done.push(one);
    });
    await expect(work).rejects.toThrow('failed at 7');
    expect(done).toHaveLength(247);
  });
});
