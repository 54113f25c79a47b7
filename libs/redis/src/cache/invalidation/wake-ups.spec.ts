import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WakeUps } from './wake-ups.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

async function isOver(wait: Promise<void>): Promise<boolean> {
  const ended = wait.then(() => true);
  await jest.advanceTimersByTimeAsync(0);
  return Promise.race([ended, Promise.resolve(false)]);
}

describe('WakeUps', () => {
  it('wakes all who wait for the message, and nobody else', async () => {
    const wakeUps = new WakeUps();
    const waits = ['a', 'a', 'b'].map((message) => wakeUps.register(message).wait(1000));
    wakeUps.ring('a');
    expect(await Promise.all(waits.map(isOver))).toEqual([true, true, false]);
  });

  it('keeps a message that comes between registering and waiting', async () => {
    const wakeUps = new WakeUps();
    const wakeUp = wakeUps.register('a');
    wakeUps.ring('a');
    expect(await isOver(wakeUp.wait(1000))).toBe(true);
  });

  it('ends a wait in vain at its limit', async () => {
    const wait = new WakeUps().register('a').wait(1000);
    await jest.advanceTimersByTimeAsync(999);
    expect(await isOver(wait)).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await isOver(wait)).toBe(true);
  });

  it('leaves no timer behind', async () => {
    const wakeUps = new WakeUps();
    const wakeUp = wakeUps.register('a');
    const wait = wakeUp.wait(1000);
    wakeUps.ring('a');
    await wait;
    wakeUp.done();
    expect(jest.getTimerCount()).toBe(0);
  });
});
