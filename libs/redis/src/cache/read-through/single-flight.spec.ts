import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Doom } from './doom.js';
import { SingleFlight, type FlightPlan } from './single-flight.js';

let flights: SingleFlight<number>;
/** Ends the flights in the order of their start. */
let running: { resolve: (value: number) => void; reject: (error: Error) => void }[];
let spares: number;
let doomed: Doom[];

beforeEach(() => {
  flights = new SingleFlight();
  running = [];
  doomed = [];
  spares = 0;
});
afterEach(() => {
  jest.useRealTimers();
});

function plan(over: Partial<FlightPlan<number>> = {}): FlightPlan<number> {
  return {
    names: [],
    waitMs: 1000,
    start: (doom) => {
      doomed.push(doom);
      return new Promise((resolve, reject) => running.push({ resolve, reject }));
    },
    startSpare: async () => {
      spares += 1;
      return -spares;
    },
    ...over,
  };
}

describe('a single flight', () => {
  it('shares one run and its result', async () => {
    const calls = [flights.run('key', plan()), flights.run('key', plan())];
    running[0]!.resolve(1);
    expect(await Promise.all(calls)).toEqual([1, 1]);
    expect(running).toHaveLength(1);
  });

  it('shares one run and its error, and the next caller starts anew', async () => {
    const calls = [flights.run('key', plan()), flights.run('key', plan())];
    running[0]!.reject(new Error('no database'));
    for (const call of calls) await expect(call).rejects.toThrow('no database');
    expect(flights.size).toBe(0);
    const again = flights.run('key', plan());
    running[1]!.resolve(2);
    expect(await again).toBe(2);
  });

  it('keeps keys apart', () => {
    void flights.run('one', plan());
    void flights.run('two', plan());
    expect(running).toHaveLength(2);
  });

  it.each<[string, () => void]>([
    ['its key', () => flights.forget('key')],
    ['a generation it depends on', () => flights.forgetNames(['tag:a', 'tag:b'])],
    ['everything', () => flights.forgetAll()],
  ])('is not joined any more after the end of %s', async (_, end) => {
    const before = flights.run('key', plan({ names: ['tag:b'] }));
    end();
    const after = flights.run('key', plan());
    running[0]!.resolve(1);
    running[1]!.resolve(2);
    expect(await Promise.all([before, after])).toEqual([1, 2]);
  });

  it('is not ended by generations of others, and the end of an old one leaves its successor', async () => {
    void flights.run('key', plan({ names: ['tag:b'] }));
    flights.forgetNames(['tag:c']);
    expect(flights.isFlying('key')).toBe(true);
    const old = flights.run('other', plan());
    flights.forget('other');
    void flights.run('other', plan());
    running[1]!.resolve(1);
    await old;
    expect(flights.isFlying('other')).toBe(true);
  });

  it('is told when a generation makes its result useless, and only then', () => {
    void flights.run('key', plan({ names: ['tag:a'] }));
    void flights.run('reset', plan({ names: ['tag:b'] }));
    flights.forgetNames(['tag:a']);
    flights.forgetAll();
    expect(doomed.map(({ isDoomed }) => isDoomed)).toEqual([true, false]);
  });

  it('that hangs is forgotten with the run that came instead: later callers look anew', async () => {
    jest.useFakeTimers();
    void flights.run('key', plan());
    const joined = flights.run('key', plan());
    await jest.advanceTimersByTimeAsync(1000);
    expect(await joined).toBe(-1);
    const later = flights.run('key', plan());
    expect(running).toHaveLength(2);
    running[1]!.resolve(7);
    expect(await later).toBe(7);
  });

  it('that hangs, as does the run instead, leaves each to a run of its own', async () => {
    jest.useFakeTimers();
    const startSpare = (): Promise<number> => {
      spares += 1;
      return spares === 1 ? new Promise(() => undefined) : Promise.resolve(-spares);
    };
    void flights.run('key', plan());
    void flights.run('key', plan({ startSpare }));
    const other = flights.run('key', plan({ startSpare }));
    await jest.advanceTimersByTimeAsync(2000);
    expect(await other).toBe(-2);
  });

  it('that hangs holds up those who joined for `waitMs`; they share one run instead', async () => {
    jest.useFakeTimers();
    void flights.run('key', plan());
    const late = [flights.run('key', plan()), flights.run('key', plan())];
    await jest.advanceTimersByTimeAsync(1000);
    expect(await Promise.all(late)).toEqual([-1, -1]);
  });
});
