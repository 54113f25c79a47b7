import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.js';
import type { RedisClient } from './redis-client.js';
import { meansUnavailable, RedisGate } from './redis-gate.js';

let now: number;
let gate: RedisGate;

beforeEach(() => {
  now = 0;
  const breaker = new CircuitBreaker({ failures: 2, probeEveryMs: 500, clock: { now: () => now } });
  gate = new RedisGate({} as RedisClient, breaker, 250);
});
afterEach(() => {
  jest.useRealTimers();
});

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

function failing(error: Error): () => Promise<never> {
  return async () => {
    throw error;
  };
}

describe('RedisGate', () => {
  it('hands the result through', async () => {
    expect(await gate.run(async () => 1)).toBe(1);
  });

  it('ends an operation at the deadline, and takes its late failure', async () => {
    jest.useFakeTimers();
    let fail: (error: Error) => void = () => undefined;
    const run = gate.run(() => new Promise((_, reject) => (fail = reject)));
    const result = expect(run).rejects.toMatchObject({ code: 'REDIS_DEADLINE_EXCEEDED' });
    await jest.advanceTimersByTimeAsync(250);
    await result;
    fail(new Error('too late to matter'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tries nothing while Redis is believed to be down, until the next probe', async () => {
    for (let time = 0; time < 2; time += 1)
      await gate.run(failing(new Error('ECONNREFUSED'))).catch(() => undefined);
    const operation = jest.fn(async () => 1);
    await expect(gate.run(operation)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect([operation.mock.calls.length, gate.isOpen]).toEqual([0, true]);
    now += 500;
    expect(await gate.run(operation)).toBe(1);
    expect(gate.isOpen).toBe(false);
  });

  it('does not take a refused command for an outage', async () => {
    for (let time = 0; time < 5; time += 1)
      await gate.run(failing(reply('OOM command not allowed'))).catch(() => undefined);
    expect(gate.isOpen).toBe(false);
  });
});

describe('meansUnavailable', () => {
  it.each([
    [new Error('connect ECONNREFUSED'), true],
    [new Error('Command timed out'), true],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), true],
    [reply('LOADING Redis is loading the dataset in memory'), true],
    [reply('CLUSTERDOWN Hash slot not served'), true],
    [reply('MASTERDOWN Link with MASTER is down'), true],
    [reply('OOM command not allowed'), false],
    [reply("READONLY You can't write against a read only replica."), false],
    [reply('WRONGTYPE Operation against a key'), false],
    [new TypeError('undefined is not a function'), false],
    ['no error at all', false],
  ])('of %s is %p', (error, expected) => {
    expect(meansUnavailable(error)).toBe(expected);
  });
});
