import { describe, expect, it } from '@jest/globals';
import { KeyedQueue } from './keyed-queue.js';

describe('KeyedQueue', () => {
  it('runs the work of one key in order and hands each result to the next', async () => {
    const queue = new KeyedQueue<string>();
    const append = (text: string) => async (previous?: string) => (previous ?? '') + text;
    const results = [
      queue.run('a', append('1')),
      queue.run('a', append('2')),
      queue.run('b', append('3')),
    ];
    expect(await Promise.all(results)).toEqual(['1', '12', '3']);
  });

  it('goes on after a failure, which is told to its own caller only', async () => {
    const queue = new KeyedQueue<string>();
    const failing = queue.run('a', () => Promise.reject(new Error('broken')));
    const next = queue.run('a', async (previous) => `after ${previous}`);
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('after undefined');
  });

  it('forgets a result when nobody waits for it', async () => {
    const queue = new KeyedQueue<string>();
    await queue.run('a', async () => 'old');
    expect(await queue.run('a', async (previous) => String(previous))).toBe('undefined');
  });
});
