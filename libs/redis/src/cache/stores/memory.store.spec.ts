import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Entry } from '../entry.js';
import { MemoryStore } from './memory.store.js';

let now: number;
beforeEach(() => {
  now = 1_000_000;
});

function store(
  limits: { maxEntries?: number; maxBytes?: number; ttlMs?: number } = {},
): MemoryStore<string> {
  const clock = { now: () => now };
  return new MemoryStore({ maxEntries: 100, maxBytes: 1e6, ttlMs: 60_000, clock, ...limits });
}

function entry(lifeMs = 300_000, bytes = 10): Entry<string> {
  const expiresAt = now + lifeMs;
  return { value: 'v', createdAt: now, freshUntil: expiresAt, expiresAt, generations: [], bytes };
}

describe('MemoryStore', () => {
  it('keeps at most `maxEntries`, those used last', () => {
    const memory = store({ maxEntries: 2 });
    for (const key of ['a', 'b']) memory.set(key, entry());
    memory.get('a');
    memory.set('c', entry());
    expect(['a', 'b', 'c'].map((key) => memory.get(key) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('keeps at most `maxBytes`, keys and bookkeeping counted in', () => {
    const memory = store({ maxBytes: 10_000 });
    for (let index = 0; index < 100; index += 1) memory.set(`key ${index}`, entry(1000, 0));
    expect(memory.size).toBeLessThan(10_000 / 300);
    expect(memory.size).toBeGreaterThan(20);
  });

  it('does not keep an entry above all bytes, and drops the older one in its place', () => {
    const memory = store({ maxBytes: 1000 });
    memory.set('a', entry(1000, 10));
    memory.set('a', entry(1000, 5000));
    expect(memory.get('a')).toBeUndefined();
  });

  it('amends an entry for the time that it has left here', () => {
    const memory = store();
    memory.set('a', entry());
    now += 59_999;
    memory.amend('a', (held) => ({ ...held, value: 'amended' }));
    expect(memory.get('a')?.value).toBe('amended');
    now += 1;
    expect(memory.get('a')).toBeUndefined();
  });

  it('counts the bytes of an amended entry, and amends nothing that is gone', () => {
    const memory = store({ maxBytes: 1000 });
    memory.amend('a', () => entry());
    expect(memory.size).toBe(0);
    memory.set('a', entry());
    memory.amend('a', () => undefined);
    expect(memory.size).toBe(1);
    memory.amend('a', (held) => ({ ...held, bytes: 5000 }));
    expect(memory.size).toBe(0);
  });

  it.each([
    ['its own ttl', 60_000, 300_000, 60_000],
    ['the life of the entry where that is shorter', 60_000, 1000, 1000],
  ])('keeps an entry for %s', (_, ttlMs, lifeMs, expected) => {
    const memory = store({ ttlMs });
    memory.set('a', entry(lifeMs));
    now += expected - 1;
    expect(memory.get('a')).toBeDefined();
    now += 1;
    expect(memory.get('a')).toBeUndefined();
    expect(memory.size).toBe(0);
  });
});
