import { beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, type BreakerState } from './circuit-breaker.js';

let now: number;
let states: BreakerState[];
let breaker: CircuitBreaker;

beforeEach(() => {
  now = 1_000_000;
  states = [];
  breaker = new CircuitBreaker({
    failures: 3,
    probeEveryMs: 500,
    clock: { now: () => now },
    onChange: (state) => states.push(state),
  });
});

function fail(times: number): void {
  for (let time = 0; time < times; time += 1) breaker.failed();
}

describe('CircuitBreaker', () => {
  it('opens after failures in a row, and not before', () => {
    fail(2);
    expect([breaker.state, breaker.allows()]).toEqual(['closed', true]);
    fail(1);
    expect([breaker.state, breaker.allows()]).toEqual(['open', false]);
  });

  it('starts counting anew after a success', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.state).toBe('closed');
  });

  it('lets one caller per interval probe while it is open', () => {
    fail(3);
    now += 499;
    expect(breaker.allows()).toBe(false);
    now += 1;
    expect([breaker.allows(), breaker.allows(), breaker.state]).toEqual([true, false, 'half-open']);
  });

  it('closes when the probe succeeds', () => {
    fail(3);
    now += 500;
    breaker.allows();
    breaker.succeeded();
    expect([breaker.state, breaker.allows()]).toEqual(['closed', true]);
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens again for an interval when the probe fails', () => {
    fail(3);
    now += 500;
    breaker.allows();
    breaker.failed();
    expect(breaker.allows()).toBe(false);
    now += 500;
    expect(breaker.allows()).toBe(true);
  });

  it('lets another probe go when one never reports', () => {
    fail(3);
    now += 500;
    breaker.allows();
    now += 500;
    expect(breaker.allows()).toBe(true);
  });

  it('does not stay open for as long as the clock was put back', () => {
    fail(3);
    now -= 3_600_000;
    expect(breaker.allows()).toBe(true);
  });
});
