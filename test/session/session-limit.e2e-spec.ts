import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { json, type Shop } from './shop.js';
import type { AccountNode } from './support/account-node.js';
import { loggedIn, useSessions, type SessionBench } from './support/use-sessions.js';

const MAX = 3;

describe('the most sessions of a user', () => {
  let bench: SessionBench;

  useSessions(async (opened) => {
    bench = opened;
  });

  describe('where the oldest makes room', () => {
    let nodes: [AccountNode, AccountNode];
    let shop: Shop;

    useSessions(async () => {
      const options = { perUser: { max: MAX } };
      nodes = await Promise.all([bench.node(options), bench.node(options)]);
      shop = await bench.shop(options);
    });

    it('leaves exactly so many after many logins at once on two nodes', async () => {
      const [one, other] = nodes;
      const outcomes = await Promise.all([
        one.call('createMany', 'alice', 20),
        other.call('createMany', 'alice', 20),
        ...Array.from({ length: 5 }, () => loggedIn(one, 'alice')),
        ...Array.from({ length: 5 }, () => loggedIn(other, 'alice')),
      ]);
      expect(outcomes).toHaveLength(12);
      expect(await bench.ids()).toHaveLength(MAX);
      expect(await one.call('count', 'alice')).toBe(MAX);
      expect(await other.list('alice')).toHaveLength(MAX);
    });

    it('ends the one that began first, and says why', async () => {
      const revoked: unknown[] = [];
      shop.events.on('revoked', (event) => revoked.push(event));
      const first = await loggedIn(shop, 'bob');
      const [{ handle } = { handle: '' }] = await shop.sessions.list('bob');
      const others = [await loggedIn(shop, 'bob'), await loggedIn(shop, 'bob')];
      expect((await first.get('/profile')).status).toBe(200);
      const newest = await loggedIn(shop, 'bob');
      expect((await first.get('/profile')).status).toBe(401);
      for (const browser of [...others, newest])
        expect((await browser.get('/profile')).status).toBe(200);
      expect(revoked).toEqual([{ handle, userId: 'bob', reason: 'limit', isLocal: true }]);
    });

    it('does not count a session that a new login in the same browser replaces', async () => {
      const browsers = [];
      for (let i = 0; i < MAX; i++) browsers.push(await loggedIn(shop, 'carol'));
      await browsers[2]!.post('/login/carol');
      for (const browser of browsers) expect((await browser.get('/profile')).status).toBe(200);
    });

    it('ends a session whose entry was lost, when the index is full without it', async () => {
      const lost = await loggedIn(shop, 'dave');
      await bench.redis.del(await bench.redis.keys('index:sess:user:*'));
      for (let i = 0; i < MAX; i++) await shop.sessions.create({ userId: 'dave' });
      expect(await bench.redis.exists(`sess:${lost.id}`)).toBe(1);
      const fresh = await bench.shop({ perUser: { max: MAX } });
      await bench.redis.pexpire(`sess:${lost.id}`, 1_000_000);
      await lost.copy(fresh.url).get('/profile');
      await eventually(async () => {
        expect(await bench.redis.exists(`sess:${lost.id}`)).toBe(0);
      });
      expect(await shop.sessions.count('dave')).toBe(MAX);
    });
  });

  describe('where the newest is refused', () => {
    let nodes: [AccountNode, AccountNode];
    let shop: Shop;

    useSessions(async () => {
      const options = { perUser: { max: MAX, policy: 'refuse-newest' }, deadline: '1s' } as const;
      nodes = await Promise.all([bench.node(options), bench.node(options)]);
      shop = await bench.shop({ ...options, deadline: 200 });
    });

    it('lets exactly so many of many logins at once through', async () => {
      const results = await Promise.all(nodes.map((node) => node.call('createMany', 'erin', 20)));
      const outcomes = results.flat() as string[];
      const refused = outcomes.filter((outcome) => outcome === 'SESSION_LIMIT_REACHED');
      expect(refused).toHaveLength(40 - MAX);
      expect(await nodes[0].call('count', 'erin')).toBe(MAX);
    });

    it('answers 409 and leaves the visitor what they had', async () => {
      for (let i = 0; i < MAX; i++) await loggedIn(shop, 'frank');
      const visitor = await loggedIn(shop, 'somebody');
      await visitor.post('/logout');
      await visitor.post('/set/cart', { value: ['book'] });
      const answer = await visitor.post('/login/frank');
      expect(answer.status).toBe(409);
      expect(answer.setCookie).toEqual([]);
      const session = json(await visitor.get('/session'));
      expect(session).toMatchObject({ cart: ['book'] });
      expect(session).not.toHaveProperty('userId');
      expect(await shop.sessions.count('frank')).toBe(MAX);
    });

    it('lets a login in again after one was ended past the index', async () => {
      const browsers = [];
      for (let i = 0; i < MAX; i++) browsers.push(await loggedIn(shop, 'grace'));
      expect((await browsers[0]!.copy().post('/login/grace')).status).toBe(201);
      await bench.redis.del(`sess:${browsers[1]!.id}`);
      await eventually(async () => {
        expect((await (await loggedIn(shop, 'grace')).get('/profile')).status).toBe(200);
      });
    });
  });
});
