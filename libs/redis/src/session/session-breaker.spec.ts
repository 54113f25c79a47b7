import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionBreaker } from './session-breaker.js';

const DOWN = new Error('Connection is closed.');
const REFUSED = Object.assign(new Error('WRONGTYPE no'), { name: 'ReplyError' });

interface Ping {
  readonly answer: () => Promise<void>;
  readonly fail: () => Promise<void>;
}

let pings: Ping[];
let breaker: SessionBreaker;

beforeEach(() => {
  jest.useFakeTimers();
  pings = [];
  breaker = new SessionBreaker(
    () =>
      new Promise((resolve, reject) => {
        const settled = (settle: () => void) => (): Promise<void> => {
          settle();
          return jest.advanceTimersByTimeAsync(0).then(() => undefined);
        };
        pings.push({ answer: settled(() => resolve('PONG')), fail: settled(() => reject(DOWN)) });
      }),
  );
});

afterEach(() => {
  breaker.stop();
  jest.useRealTimers();
});

function fail(times: number, error = DOWN): void {
  for (let at = 0; at < times; at++) breaker.failed(error);
}

describe('SessionBreaker', () => {
  it('opens at the third failure in a row', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect([breaker.isOpen, pings.length]).toEqual([false, 0]);
    fail(1);
    expect([breaker.isOpen, pings.length]).toEqual([true, 1]);
  });

  it('tells each change of its state once', async () => {
    const told: string[] = [];
    const own = new SessionBreaker(
      () => Promise.resolve('PONG'),
      (state) => told.push(state),
    );
    for (let at = 0; at < 5; at++) own.failed(DOWN);
    expect([own.state, told]).toEqual(['open', ['open']]);
    await jest.advanceTimersByTimeAsync(0);
    own.succeeded();
    expect([own.state, told]).toEqual(['closed', ['open', 'closed']]);
  });

  it('takes the refusal of a command for what it is: an answer', () => {
    fail(2);
    fail(1, REFUSED);
    fail(2);
    expect(breaker.isOpen).toBe(false);
  });

  it('asks one question at a time, again after each that failed, and closes with the first answer', async () => {
    fail(5);
    await jest.advanceTimersByTimeAsync(5000);
    expect(pings.length).toBe(1);
    await pings[0]!.fail();
    await jest.advanceTimersByTimeAsync(1000);
    expect([breaker.isOpen, pings.length]).toEqual([true, 2]);
    await pings[1]!.answer();
    expect(breaker.isOpen).toBe(false);
    await jest.advanceTimersByTimeAsync(5000);
    expect(pings.length).toBe(2);
  });

  it('closes with any answer of Redis, and opens again as before', async () => {
    fail(3);
    breaker.succeeded();
    expect(breaker.isOpen).toBe(false);
    await pings[0]!.fail();
    await jest.advanceTimersByTimeAsync(5000);
    expect(pings.length).toBe(1);
    fail(3);
    expect([breaker.isOpen, pings.length]).toEqual([true, 2]);
  });

  it('asks nothing more once it is stopped', async () => {
    fail(3);
    breaker.stop();
    await pings[0]!.fail();
    await jest.advanceTimersByTimeAsync(5000);
    expect(pings.length).toBe(1);
  });
});
