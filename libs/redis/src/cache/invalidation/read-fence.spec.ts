import { describe, expect, it } from '@jest/globals';
import { ReadFence } from './read-fence.js';

describe('ReadFence', () => {
  it('breaks every read of a name that is under way, and none of another name', () => {
    const fence = new ReadFence();
    const [first, second, other] = [fence.begin('a'), fence.begin('a'), fence.begin('b')];
    fence.break('a');
    expect([first.isIntact, second.isIntact, other.isIntact]).toEqual([false, false, true]);
  });

  it('leaves a read alone that begins afterwards', () => {
    const fence = new ReadFence();
    fence.break('a');
    expect(fence.begin('a').isIntact).toBe(true);
  });

  it('breaks all reads at once', () => {
    const fence = new ReadFence();
    const reads = [fence.begin('a'), fence.begin('b')];
    fence.breakAll();
    expect(reads.map(({ isIntact }) => isIntact)).toEqual([false, false]);
  });

  it('does not reach a read that is over', () => {
    const fence = new ReadFence();
    const [over, running] = [fence.begin('a'), fence.begin('a')];
    fence.end('a', over);
    fence.break('a');
    expect([over.isIntact, running.isIntact]).toEqual([true, false]);
    fence.end('a', running);
    fence.end('a', running);
  });
});
