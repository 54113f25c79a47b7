import { describe, expect, it } from '@jest/globals';
import { HandlerQueue } from './handler-queue.js';

describe('handler queue', () => {
  it('handles one after the other, in order, and drops what does not fit', async () => {
    const seen: string[] = [];
    const queue = new HandlerQueue<string>({
      maxQueued: 2,
      handle: async (item) => {
        seen.push(`${item} begins`);
        await Promise.resolve();
        seen.push(`${item} ends`);
      },
      failed: () => undefined,
    });
    expect(['a', 'b', 'c', 'd'].map((item) => queue.push(item))).toEqual([true, true, true, false]);
    await queue.idle();
    expect(seen).toEqual(['a begins', 'a ends', 'c begins', 'c ends', 'd begins', 'd ends']);
  });

  it('goes on after a handler that failed', async () => {
    const failed: unknown[] = [];
    const seen: number[] = [];
    const queue = new HandlerQueue<number>({
      handle: (item) => {
        if (item === 1) throw new Error('no');
        seen.push(item);
      },
      failed: (error) => failed.push(error),
    });
    queue.push(1);
    queue.push(2);
    await queue.idle();
    expect(seen).toEqual([2]);
    expect(failed).toHaveLength(1);
  });

  it('is never busy with more than it may be', async () => {
    let busy = 0;
    let most = 0;
    const queue = new HandlerQueue<number>({
      concurrency: 3,
      handle: async () => {
        busy += 1;
        most = Math.max(most, busy);
        await Promise.resolve();
        busy -= 1;
      },
      failed: () => undefined,
    });
    for (let item = 0; item < 20; item += 1) queue.push(item);
    await queue.idle();
    expect(most).toBe(3);
  });

  it('takes what comes as the last handler ends', async () => {
    const seen: number[] = [];
    const queue = new HandlerQueue<number>({
      handle: (item) => void seen.push(item),
      failed: () => undefined,
    });
    // Each at another moment of the end of the one before.
    for (let item = 0; item < 20; item += 1) {
      queue.push(item);
      for (let turns = 0; turns < item % 5; turns += 1) await Promise.resolve();
    }
    await queue.idle();
    expect(seen).toHaveLength(20);
  });

  it.each([0, 1.5])('refuses a concurrency of %p', (concurrency) => {
    const build = (): unknown =>
      new HandlerQueue({ concurrency, handle: () => undefined, failed: () => undefined });
    expect(build).toThrow(/concurrency/);
  });
});
