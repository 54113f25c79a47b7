import { describe, expect, it } from '@jest/globals';
import { done, settle } from './callback.js';

describe('settle', () => {
  it('hands the result to the callback', async () => {
    const called = await new Promise((resolve) => {
      void settle(Promise.resolve('value'), (...all) => resolve(all));
    });
    expect(called).toEqual([null, 'value']);
  });

  it('hands the error to the callback and rejects nothing', async () => {
    const error = new Error('broken');
    const calls: unknown[] = [];
    await new Promise<void>((resolve) => {
      void settle(Promise.reject(error), (...all) => {
        calls.push(all);
        resolve();
      });
    });
    expect(calls).toEqual([[error]]);
  });

  it('is a promise without a callback', async () => {
    await expect(settle(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await settle(Promise.resolve(1))).toBe(1);
  });

  it('tells success at once when there is nothing to do', () => {
    let isCalled = false;
    void done(() => (isCalled = true));
    expect(isCalled).toBe(true);
  });
});
