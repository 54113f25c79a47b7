import { describe, expect, it } from '@jest/globals';
import type { SessionInfo } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { Browser, json, type Shop } from './shop.js';
import { loggedIn, useSessions, type SessionBench } from './support/use-sessions.js';

/** Long enough for an answer, and short enough to wait for what depends on it. */
const DEADLINE_MS = 200;

describe('the sessions of a user', () => {
  let bench: SessionBench;
  let shop: Shop;

  useSessions(async (opened) => {
    bench = opened;
    shop = await bench.shop({ deadline: DEADLINE_MS });
  });

  const indexKeys = (): Promise<string[]> => bench.redis.keys('index:sess:user:*');

  /** The handle of alice's one session. */
  async function onlyHandle(): Promise<string> {
    const all = await shop.sessions.list('alice');
    expect(all).toHaveLength(1);
    return all[0]!.handle;
  }

  /** All keys but the marks of ended sessions, which name nobody and go by themselves. */
  async function lastingKeys(): Promise<string[]> {
    const keys = await bench.redis.keys('*');
    return keys.filter((key) => !key.startsWith('ended:'));
  }

  async function startAfresh(): Promise<void> {
    await bench.redis.flushdb();
  }

  describe('as a list', () => {
    it('shows handles and devices, never an id', async () => {
      const phone = new Browser(shop.url);
      await phone.post('/login/alice', undefined, { 'user-agent': 'Phone/1.0' });
      const laptop = await loggedIn(shop, 'alice');
      const answer = await laptop.get('/devices');
      const { devices } = json(answer) as { devices: Record<string, unknown>[] };
      expect(devices).toHaveLength(2);
      const onPhone = devices.find(({ userAgent }) => userAgent === 'Phone/1.0');
      expect(onPhone).toEqual({
        handle: expect.stringMatching(/^[0-9a-f]{32}$/),
        createdAt: expect.any(Number),
        lastSeenAt: expect.any(Number),
        ip: '127.0.0.1',
        userAgent: 'Phone/1.0',
        isCurrent: false,
      });
      expect(devices.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
      for (const { id } of [phone, laptop]) expect(answer.text).not.toContain(id);
    });

    it('stores no device where that is switched off', async () => {
      const discreet = await bench.shop({ perUser: { device: false } });
      await loggedIn(discreet, 'bob');
      const [only] = await discreet.sessions.list('bob');
      expect([only?.ip, only?.userAgent]).toEqual([undefined, undefined]);
    });

    it('counts only sessions that live, and forgets the others', async () => {
      await startAfresh();
      const [gone, alive] = [await loggedIn(shop, 'alice'), await loggedIn(shop, 'alice')];
      await bench.redis.del(`sess:${gone.id}`); // By another program, past the index.
      expect(await shop.sessions.count('alice')).toBe(1);
      await eventually(async () => {
        await shop.sessions.list('alice');
        const [key] = await indexKeys();
        expect(await bench.redis.hlen(key!)).toBe(1);
      });
      expect((await alive.get('/profile')).status).toBe(200);
    });

    it('keeps the entry of a login that is still being stored', async () => {
      await startAfresh();
      const slow = await bench.shop({ deadline: '30s' });
      const browser = await loggedIn(slow, 'alice');
      const stored = (await bench.redis.getBuffer(`sess:${browser.id}`))!;
      await bench.redis.del(`sess:${browser.id}`); // As it is between the two writes.
      expect(await slow.sessions.list('alice')).toEqual([]);
      await bench.redis.set(`sess:${browser.id}`, stored);
      expect(await slow.sessions.list('alice')).toHaveLength(1);
    });

    it('follows logout, a new login in the same browser, and regenerate', async () => {
      await startAfresh();
      const browser = await loggedIn(shop, 'alice');
      const before = browser.id;
      await browser.post('/regenerate');
      expect(browser.id).not.toBe(before);
      expect(await shop.sessions.count('alice')).toBe(1);
      await browser.post('/login/alice');
      const [key] = await indexKeys();
      expect(await bench.redis.hlen(key!)).toBe(1);
      await browser.post('/logout');
      expect(await shop.sessions.list('alice')).toEqual([]);
      expect(await bench.redis.keys('index:*')).toEqual([]);
    });

    it('follows a new id within the limit, also after the others were revoked', async () => {
      await startAfresh();
      const narrow = await bench.shop({ perUser: { max: 2, policy: 'refuse-newest' } });
      const browsers = [await loggedIn(narrow, 'alice'), await loggedIn(narrow, 'alice')];
      for (const browser of browsers) expect((await browser.post('/rotate')).status).toBe(201);
      expect(await narrow.sessions.count('alice')).toBe(2);
      await browsers[0]!.post('/revoke-others');
      expect((await browsers[0]!.post('/rotate')).status).toBe(201);
      expect((await browsers[1]!.post('/rotate')).status).toBe(401);
      const fresh = await bench.shop();
      expect((await browsers[0]!.copy(fresh.url).get('/profile')).status).toBe(200);
      expect(await narrow.sessions.count('alice')).toBe(1);
    });

    it('follows a user id that the application sets and removes by itself', async () => {
      await startAfresh();
      const browser = new Browser(shop.url);
      await browser.post('/set/userId', { value: 'carol' });
      expect(await shop.sessions.count('carol')).toBe(1);
      await browser.post('/set/userId', { value: 'dave' });
      expect([await shop.sessions.count('carol'), await shop.sessions.count('dave')]).toEqual([
        0, 1,
      ]);
      await browser.post('/delete/userId');
      expect(await indexKeys()).toEqual([]);
    });

    it('expires its keys with the sessions', async () => {
      await startAfresh();
      const browser = await loggedIn(shop, 'alice');
      const keys = await bench.redis.keys('index:*');
      expect(keys).toHaveLength(2);
      for (const key of keys) {
        const left = await bench.redis.pttl(key);
        expect(left).toBeGreaterThan(await bench.redis.pttl(`sess:${browser.id}`));
        expect(left).toBeLessThanOrEqual(36 * 60 * 1000);
      }
    });
  });

  describe('healing', () => {
    it.each([
      ['the next write', (browser: Browser) => browser.post('/set/color')],
      ['the next renewal', (browser: Browser) => browser.get('/profile')],
    ])('brings a lost entry back at %s', async (_, use) => {
      await startAfresh();
      const browser = await loggedIn(shop, 'alice');
      await bench.redis.del(await indexKeys());
      expect(await shop.sessions.count('alice')).toBe(0);
      // Another process, which has not entered the session a moment ago.
      const other = await bench.shop({ deadline: DEADLINE_MS });
      await bench.redis.pexpire(`sess:${browser.id}`, 1_000_000);
      await use(browser.copy(other.url));
      await eventually(async () => expect(await shop.sessions.count('alice')).toBe(1));
    });

    it('brings back the time when a session was last used', async () => {
      await startAfresh();
      const browser = await loggedIn(shop, 'alice');
      const [before] = await shop.sessions.list('alice');
      const other = await bench.shop();
      await bench.redis.pexpire(`sess:${browser.id}`, 1_000_000);
      await browser.copy(other.url).get('/profile');
      await eventually(async () => {
        const [after] = await shop.sessions.list('alice');
        expect(after!.lastSeenAt).toBeGreaterThan(before!.lastSeenAt);
        expect(after!.createdAt).toBe(before!.createdAt);
      });
    });
  });

  describe('revoked', () => {
    it('one by one, by handle', async () => {
      await startAfresh();
      const [stolen, own] = [await loggedIn(shop, 'alice'), await loggedIn(shop, 'alice')];
      const { devices } = json(await own.get('/devices')) as { devices: SessionInfo[] };
      const { handle } = devices.find(({ isCurrent }) => !isCurrent)!;
      expect(await shop.sessions.revoke(handle)).toBe(true);
      expect(await shop.sessions.revoke(handle)).toBe(false);
      expect((await stolen.get('/profile')).status).toBe(401);
      expect((await own.get('/profile')).status).toBe(200);
    });

    it('only by their owner, where one is named', async () => {
      await startAfresh();
      const browser = await loggedIn(shop, 'alice');
      const handle = await onlyHandle();
      expect(await shop.sessions.revoke(handle, { userId: 'mallory' })).toBe(false);
      expect((await browser.get('/profile')).status).toBe(200);
      expect(await shop.sessions.revoke(handle, { userId: 'alice' })).toBe(true);
      expect((await browser.get('/profile')).status).toBe(401);
    });

    it('by their owner also when the handle itself was lost', async () => {
      await startAfresh();
      await loggedIn(shop, 'alice');
      const handle = await onlyHandle();
      await bench.redis.del(`index:sess:handle:${handle}`);
      expect(await shop.sessions.revoke(handle)).toBe(false);
      expect(await shop.sessions.revoke(handle, { userId: 'alice' })).toBe(true);
    });

    it('not by an id or by what is no handle', async () => {
      await startAfresh();
      const browser = await loggedIn(shop, 'alice');
      for (const wrong of [browser.id, '', '*', '0'.repeat(32)])
        expect(await shop.sessions.revoke(wrong)).toBe(false);
      expect((await browser.get('/profile')).status).toBe(200);
    });

    it('all but the own, which goes on beside requests that run meanwhile', async () => {
      await startAfresh();
      const [own, other] = [await loggedIn(shop, 'alice'), await loggedIn(shop, 'alice')];
      const [answer, ...parallel] = await Promise.all([
        own.copy().post('/revoke-others'),
        ...Array.from({ length: 10 }, () => own.copy().get('/profile')),
      ]);
      expect(json(answer)).toEqual({ revoked: 1 });
      expect(new Set(parallel.map(({ status }) => status))).toEqual(new Set([200]));
      expect((await other.get('/profile')).status).toBe(401);
      expect((await own.get('/profile')).status).toBe(200);
      await own.post('/login/alice');
      expect((await own.get('/profile')).status).toBe(200);
    });

    it('all, also one that is busy, and the user may log in again', async () => {
      await startAfresh();
      const browsers = [await loggedIn(shop, 'alice'), await loggedIn(shop, 'alice')];
      const bystander = await loggedIn(shop, 'bob');
      expect(await shop.sessions.revokeAll('alice')).toBe(2);
      for (const browser of browsers) expect((await browser.get('/profile')).status).toBe(401);
      expect((await bystander.get('/profile')).status).toBe(200);
      expect((await (await loggedIn(shop, 'alice')).get('/profile')).status).toBe(200);
    });
  });

  describe('found, exported and purged', () => {
    it('finds a session by its handle', async () => {
      await startAfresh();
      const { id } = await shop.sessions.create({ userId: 'alice', data: { cart: ['book'] } });
      const handle = await onlyHandle();
      expect(await shop.sessions.find(handle)).toEqual(await shop.sessions.find(id));
      expect(await shop.sessions.find(handle)).toMatchObject({ cart: ['book'] });
    });

    it('exports what is stored, without an id', async () => {
      await startAfresh();
      const { id } = await shop.sessions.create({ userId: 'alice', data: { cart: ['book'] } });
      const exported = await shop.sessions.exportUser('alice');
      expect(exported).toMatchObject({
        userId: 'alice',
        sessions: [{ attributes: { userId: 'alice', cart: ['book'] } }],
      });
      expect(JSON.stringify(exported)).not.toContain(id);
    });

    it('never writes a user id into the name of a key', async () => {
      await startAfresh();
      await loggedIn(shop, 'alice');
      await shop.sessions.revokeAll('alice');
      await loggedIn(shop, 'alice');
      const keys = await bench.redis.keys('*');
      expect(keys.filter((key) => /alice/.test(key))).toEqual([]);
      expect(await lastingKeys()).toHaveLength(4); // The session, the index, the epoch, the handle.
    });

    it('purges every key of a user, also of sessions that the index had lost', async () => {
      await startAfresh();
      const lost = await loggedIn(shop, 'alice');
      await bench.redis.del(await indexKeys());
      await loggedIn(shop, 'alice');
      await shop.sessions.revokeAll('nobody');
      await bench.redis.del(await bench.redis.keys('index:sess:epoch:*'));
      expect(await shop.sessions.purgeUser('alice')).toBe(2);
      expect(await lastingKeys()).toEqual([]);
      expect((await lost.get('/profile')).status).toBe(401);
    });
  });
});
