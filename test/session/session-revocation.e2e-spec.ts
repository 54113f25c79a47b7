import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import type { Browser } from './shop.js';
import type { AccountNode } from './support/account-node.js';
import {
  loggedIn,
  START_LIMIT_MS,
  useSessions,
  type SessionBench,
} from './support/use-sessions.js';

describe('revoking on two nodes', () => {
  let bench: SessionBench;
  let one: AccountNode;
  let other: AccountNode;

  useSessions(async (opened) => {
    bench = opened;
    [one, other] = await Promise.all([bench.node(), bench.node()]);
  });

  const userOf = async (browser: Browser): Promise<unknown> =>
    (JSON.parse((await browser.get('/session')).text) as { userId?: string }).userId;

  it('ends a session on the other node at once', async () => {
    const browser = await loggedIn(one, 'alice');
    expect(await userOf(browser.copy(other.url))).toBe('alice');
    expect(await other.call('revokeAll', 'alice')).toBe(1);
    expect(await userOf(browser)).toBeUndefined();
  });

  it('refuses a session that the index has lost, on a node that has just seen it, within a second', async () => {
    const lost = await loggedIn(one, 'bob');
    expect(await userOf(lost)).toBe('bob');
    await bench.redis.del(await bench.redis.keys('index:sess:user:*'));
    expect(await other.call('revokeAll', 'bob')).toBe(0);
    expect(await bench.redis.exists(`sess:${lost.id}`)).toBe(1);
    await eventually(async () => expect(await userOf(lost.copy())).toBeUndefined(), 1500);
    expect(await bench.redis.exists(`sess:${lost.id}`)).toBe(0);
    expect(await userOf(await loggedIn(one, 'bob'))).toBe('bob');
  });

  it(
    'refuses such a session at once on a node that has not seen it',
    async () => {
      const lost = await loggedIn(one, 'carol');
      await bench.redis.del(await bench.redis.keys('index:sess:user:*'));
      await other.call('revokeAll', 'carol');
      const fresh = await bench.node();
      expect(await userOf(lost.copy(fresh.url))).toBeUndefined();
      expect(await fresh.call('find', lost.id)).toBeUndefined();
    },
    START_LIMIT_MS,
  );

  it.each([
    ['revoking by handle', (handle: string) => other.call('revoke', handle)],
    ['revoking all', () => other.call('revokeAll', 'dave')],
    ['purging the user', () => other.call('purgeUser', 'dave')],
  ])('stays ended when a request that runs during %s saves later', async (_, revoke) => {
    const browser = await loggedIn(one, 'dave');
    const { finish } = await one.slowRequest(browser, 'late');
    const [listed] = await one.list('dave');
    await revoke(listed!.handle);
    expect(await finish()).toBe(201);
    expect(await bench.redis.exists(`sess:${browser.id}`)).toBe(0);
    expect(await userOf(browser)).toBeUndefined();
    expect(await other.list('dave')).toEqual([]);
  });

  it(
    'leaves no session of before, and none that nobody can end, beside logins at the same time',
    async () => {
      await bench.redis.flushdb();
      for (let round = 0; round < 10; round++) {
        const before = await loggedIn(one, 'erin');
        const [browsers] = await Promise.all([
          Promise.all(Array.from({ length: 6 }, () => loggedIn(one, 'erin'))),
          other.call('revokeAll', 'erin'),
        ]);
        expect(await userOf(before)).toBeUndefined();
        const users = await Promise.all(browsers.map((browser) => userOf(browser.copy(other.url))));
        const alive = users.filter((user) => user === 'erin').length;
        expect(await one.call('count', 'erin')).toBe(alive);
        expect(await other.call('revokeAll', 'erin')).toBe(alive);
        expect(await bench.ids()).toEqual([]);
      }
    },
    START_LIMIT_MS,
  );

  it(
    'ends the others, and the session that ended them goes on under a new id too',
    async () => {
      const [own, stranger] = [await loggedIn(one, 'frank'), await loggedIn(other, 'frank')];
      await own.post('/revoke-others');
      expect(await userOf(own.copy(other.url))).toBe('frank');
      expect(await userOf(stranger)).toBeUndefined();
      await own.post('/login/frank');
      const fresh = await bench.node();
      expect(await userOf(own.copy(fresh.url))).toBe('frank');
    },
    START_LIMIT_MS,
  );
});
