import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Shop } from './shop.js';
import { trafficOf, type Traffic } from './support/round-trips.js';
import {
  loggedIn,
  START_LIMIT_MS,
  useSessions,
  type SessionBench,
} from './support/use-sessions.js';

/** As many as a user can have. */
const MOST = 1000;
/** What is asked of Redis at a time. */
const BATCH = 100;

describe('a user with as many sessions as there can be', () => {
  let bench: SessionBench;
  let shop: Shop;

  useSessions(async (opened) => {
    bench = opened;
    shop = await bench.shop({ deadline: '20s' });
  });
  // Of more that are begun than there can be, on two nodes at once, the newest are left.
  beforeAll(async () => {
    const other = await bench.shop({ deadline: '20s' });
    for (let begun = 0; begun < MOST + 2 * BATCH; begun += BATCH) {
      const made = Array.from({ length: BATCH }, (_, at) =>
        (at % 2 ? shop : other).sessions.create({ userId: 'alice', data: { cart: ['tea'] } }),
      );
      await Promise.all(made);
    }
  }, START_LIMIT_MS);

  const sentFor = (work: () => Promise<unknown>): Promise<Traffic> => trafficOf(shop.client, work);

  const readsIn = (commands: readonly string[]): number =>
    commands.filter((command) => command === 'evalsha').length;

  it('has no more than that', async () => {
    expect(await bench.ids()).toHaveLength(MOST);
    expect(await shop.sessions.count('alice')).toBe(MOST);
    const all = await shop.sessions.list('alice');
    expect(new Set(all.map(({ handle }) => handle)).size).toBe(MOST);
  });

  it('is read a hundred sessions at a time', async () => {
    const { mostAtOnce, commands } = await sentFor(() => shop.sessions.count('alice'));
    expect([readsIn(commands), commands.filter((name) => name === 'hgetall')]).toEqual([
      MOST,
      ['hgetall'],
    ]);
    // On a slow machine each asks for the epoch as well, which is trusted for a second.
    expect(mostAtOnce).toBeLessThanOrEqual(2 * BATCH);
  });

  it('is read no further than the limit of a list asks for, the last used first', async () => {
    const all = (await shop.sessions.list('alice')).map(({ lastSeenAt }) => lastSeenAt);
    expect(all).toEqual(all.toSorted((one, other) => other - one));
    const { commands } = await sentFor(async () => {
      const listed = await shop.sessions.list('alice', undefined, { limit: 20 });
      expect(listed.map(({ lastSeenAt }) => lastSeenAt)).toEqual(all.slice(0, 20));
    });
    expect(readsIn(commands)).toBe(BATCH);
  });

  it('fills a limited list with those that live', async () => {
    const names = await bench.redis.hvals(await indexKey());
    const newest = names
      .map((entry) => entry.split(' '))
      .toSorted(([, one], [, other]) => Number(other) - Number(one))
      .slice(0, BATCH + 30);
    for (const [, , , name] of newest) await bench.redis.del(`sess:${name}`);
    const { commands } = await sentFor(async () => {
      expect(await shop.sessions.list('alice', undefined, { limit: 20 })).toHaveLength(20);
    });
    expect(readsIn(commands)).toBe(2 * BATCH);
    expect(await shop.sessions.count('alice')).toBe(MOST - newest.length);
  });

  it('gives an export of all', async () => {
    const { sessions } = await shop.sessions.exportUser('alice');
    expect(sessions).toHaveLength(await shop.sessions.count('alice'));
    expect(new Set(sessions.map(({ attributes }) => JSON.stringify(attributes['cart'])))).toEqual(
      new Set(['["tea"]']),
    );
  });

  it('is revoked at once, and deleted a hundred sessions at a time', async () => {
    const stranger = await loggedIn(shop, 'bob');
    const lived = await shop.sessions.count('alice');
    const { mostAtOnce } = await sentFor(async () => {
      expect(await shop.sessions.revokeAll('alice')).toBe(lived);
    });
    // Each end takes its entry and its handle with it.
    expect(mostAtOnce).toBeLessThanOrEqual(3 * BATCH);
    expect(await bench.ids()).toEqual([stranger.id]);
    expect(await shop.sessions.list('alice')).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])('has no list with a limit of %s', async (limit) => {
    const list = shop.sessions.list('alice', undefined, { limit });
    await expect(list).rejects.toThrow(`whole number from 1; got ${limit}`);
  });

  async function indexKey(): Promise<string> {
    const keys = await bench.redis.keys('index:sess:user:*');
    expect(keys).toHaveLength(1);
    return keys[0]!;
  }
});
