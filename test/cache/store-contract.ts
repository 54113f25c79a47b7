import { expect, it } from '@jest/globals';
import type { Entry } from '../../libs/redis/src/cache/entry.js';
import type { MaybePromise } from '../../libs/redis/src/cache/stores/store.js';

/** A store under test; time passes only when the clock is turned. */
export interface StoreUnderTest {
  get(key: string): MaybePromise<Entry<unknown> | undefined>;
  set(key: string, entry: Entry<unknown>): MaybePromise<void>;
  delete(key: string): MaybePromise<boolean>;
  readonly clock: { now(): number; advance(ms: number): void };
}

function entryAt(now: number, value: unknown, over: Partial<Entry<unknown>> = {}): Entry<unknown> {
  const bytes = Buffer.isBuffer(value) ? value.length + 1 : JSON.stringify(value).length + 1;
  const times = { createdAt: now, freshUntil: now + 10_000, expiresAt: now + 20_000 };
  return { value, ...times, generations: [], bytes, ...over };
}

/** What every store promises. */
export function describeStore(start: () => MaybePromise<StoreUnderTest>): void {
  it('has nothing under a key that nobody wrote', async () => {
    expect(await (await start()).get('nobody')).toBeUndefined();
  });

  it.each([['text'], [0], [false], [''], [null], [{ a: [1, null] }], [Buffer.from([0, 255])]])(
    'gives back %p as it was set',
    async (value) => {
      const store = await start();
      const entry = entryAt(store.clock.now(), value);
      await store.set('key', entry);
      expect(await store.get('key')).toEqual(entry);
    },
  );

  it('replaces an entry', async () => {
    const store = await start();
    await store.set('key', entryAt(store.clock.now(), 1));
    await store.set('key', entryAt(store.clock.now(), 2));
    expect((await store.get('key'))?.value).toBe(2);
  });

  it('says whether it removed an entry', async () => {
    const store = await start();
    await store.set('key', entryAt(store.clock.now(), 1));
    expect([await store.delete('key'), await store.delete('key')]).toEqual([true, false]);
    expect(await store.get('key')).toBeUndefined();
  });

  it('returns a stale entry, and never an expired one', async () => {
    const store = await start();
    await store.set('key', entryAt(store.clock.now(), 1));
    store.clock.advance(19_999);
    expect((await store.get('key'))?.value).toBe(1);
    store.clock.advance(1);
    expect(await store.get('key')).toBeUndefined();
  });

  it.each([
    ...['a:b', '{a}', 'a}b{c', '%7b', 'größe 🛒', ' ', '*'].map((key) => [key, key] as const),
    ['of 5,000 characters', 'x'.repeat(5000)] as const,
  ])('takes the key %s and does not mix it up with another', async (_, key) => {
    const store = await start();
    await store.set(key, entryAt(store.clock.now(), 'mine'));
    await store.set(`${key} `, entryAt(store.clock.now(), 'another'));
    expect((await store.get(key))?.value).toBe('mine');
    await store.delete(key);
    expect((await store.get(`${key} `))?.value).toBe('another');
  });
}
