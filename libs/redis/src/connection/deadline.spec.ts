import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it, jest } from '@jest/globals';
import { withDeadline } from './deadline.js';

const DEADLINE_MS = 5;

afterEach(() => {
  jest.useRealTimers();
});

it('gives what the operation gave, and its error', async () => {
  await expect(withDeadline(Promise.resolve('answer'), 1000)).resolves.toBe('answer');
  await expect(withDeadline(Promise.reject(new Error('refused')), 1000)).rejects.toThrow('refused');
});

it('ends the wait for an operation without an end', async () => {
  const endless = new Promise(() => {});
  await expect(withDeadline(endless, DEADLINE_MS)).rejects.toMatchObject({
    code: 'REDIS_DEADLINE_EXCEEDED',
    message: 'Redis gave no answer within 5 ms.',
  });
});

it('takes an answer that came in time, although the process was too busy to read it', async () => {
  // From here, due timers come before what was read.
  await nextTurn();
  const answer = withDeadline(stat('.'), DEADLINE_MS);
  const busyUntil = performance.now() + 20 * DEADLINE_MS;
  while (performance.now() < busyUntil);
  expect((await answer).isDirectory()).toBe(true);
});

it('ends the wait in a test that fakes all but the clock', async () => {
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'clearTimeout'] });
  await expect(withDeadline(new Promise(() => {}), DEADLINE_MS)).rejects.toMatchObject({
    code: 'REDIS_DEADLINE_EXCEEDED',
  });
});
