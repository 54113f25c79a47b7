import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Generation } from '../entry.js';
import { KnownGenerations } from './known-generations.js';

const MINUTE = 60_000;
let known: KnownGenerations;
let compared: number;

beforeEach(() => {
  jest.useFakeTimers();
  [known, compared] = [new KnownGenerations(), 0];
});

afterEach(() => {
  jest.useRealTimers();
});

/** A list that counts how often a value of it is looked at. */
function carried(...names: string[]): Generation[] {
  return names.map((name) => ({
    name,
    get value() {
      compared += 1;
      return '1';
    },
  }));
}

describe('known generations', () => {
  it('compare a list of a thousand once, however often it is asked for', () => {
    const list = carried(...Array.from({ length: 1000 }, (_, n) => `tag:${n}`));
    for (const { name } of list) known.set(name, '1');
    for (let hits = 0; hits < 10; hits += 1) expect(known.includes(list)).toBe(true);
    expect(compared).toBe(1000);
  });

  it('compare each list for itself', () => {
    known.set('tag:a', '1');
    expect(known.includes(carried('tag:a'))).toBe(true);
    expect(known.includes(carried('tag:a', 'tag:b'))).toBe(false);
    expect(known.includes([{ name: 'tag:a', value: '2' }])).toBe(false);
  });

  it.each<[string, () => void]>([
    ['ends', () => known.delete('tag:b')],
    ['is forgotten with all others', () => known.clear()],
    ['gets another value', () => known.set('tag:b', '2')],
    [
      'makes room for others',
      () => Array.from({ length: 50_000 }, (_, n) => known.set(`${n}`, '')),
    ],
  ])('do not include a list any more when one of it %s', (_, lose) => {
    const list = carried('tag:a', 'tag:b');
    for (const name of ['tag:a', 'tag:b']) known.set(name, '1');
    expect(known.includes(list)).toBe(true);
    lose();
    expect(known.includes(list)).toBe(false);
  });

  it('include a list until its first one has been known for a minute, and again once that is asked for', () => {
    const list = carried('tag:a', 'tag:b');
    known.set('tag:a', '1');
    jest.advanceTimersByTime(MINUTE / 2);
    known.set('tag:b', '1');
    expect(known.includes(list)).toBe(true);
    jest.advanceTimersByTime(MINUTE / 2 - 1);
    expect(known.includes(list)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(known.includes(list)).toBe(false);
    expect(known.get('tag:a', performance.now())).toBeUndefined();
    known.set('tag:a', '1');
    expect(known.includes(list)).toBe(true);
  });

  it('remember for a minute that one ended', () => {
    const one = { name: 'tag:a', value: '1' };
    known.end(one);
    jest.advanceTimersByTime(MINUTE - 1);
    expect(known.hasEnded(one, performance.now())).toBe(true);
    jest.advanceTimersByTime(1);
    expect(known.hasEnded(one, performance.now())).toBe(false);
  });

  it('remember what a message has ended, until it is seen to hold', () => {
    const one = { name: 'tag:a', value: '1' };
    known.invalidate('tag:a');
    expect(known.wasInvalidated(one)).toBe(false);
    known.set('tag:a', '1');
    known.invalidate('tag:a');
    known.clear();
    jest.advanceTimersByTime(10 * MINUTE);
    expect([known.wasInvalidated(one), known.wasInvalidated({ ...one, value: '2' })]).toEqual([
      true,
      false,
    ]);
    expect(known.hasEnded(one, performance.now())).toBe(false);
    known.set('tag:a', '1');
    expect(known.wasInvalidated(one)).toBe(false);
  });
});
