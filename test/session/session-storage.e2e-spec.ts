import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { handleOf, sessionCorrupt, sessionLarge, type SessionOptions } from './library.js';
import { Browser, json, openShop, type Shop } from './shop.js';

const KEY = { id: 'k1', secret: 'a1'.repeat(32) };
const NEXT = { id: 'k2', secret: 'b2'.repeat(32) };
const hash = (id: string): string => createHash('sha256').update(id).digest('hex');

describe('a session at rest', () => {
  let server: RedisServer;
  let redis: Redis;
  const opened: Shop[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
    await redis.flushall();
  });

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  async function open(options: Partial<SessionOptions> = {}): Promise<Shop> {
    const one = await openShop(server.url, options);
    opened.push(one);
    return one;
  }

  async function loggedIn(at: Shop): Promise<Browser> {
    const browser = new Browser(at.url);
    await browser.post('/set/cart', { value: 'a secret book' });
    await browser.post('/login/alice');
    return browser;
  }

  /** Everything that a thief of the Redis data has. */
  async function dump(): Promise<string> {
    const keys = await redis.keys('*');
    const values = await Promise.all(
      keys.map(async (key) =>
        (await redis.type(key)) === 'hash'
          ? JSON.stringify(await redis.hgetall(key))
          : (await redis.getBuffer(key))?.toString('latin1'),
      ),
    );
    return [...keys, ...values].join('\n');
  }

  async function corruptions(work: () => Promise<unknown>): Promise<string[]> {
    const reasons: string[] = [];
    const unsubscribe = sessionCorrupt.subscribe(({ reason }) => reasons.push(reason));
    await work();
    unsubscribe();
    return reasons;
  }

  describe('with hashed ids', () => {
    it('works as ever, and a dump holds no id', async () => {
      const shop = await open({ hashIds: true });
      const browser = await loggedIn(shop);
      expect(json(await browser.get('/profile'))).toEqual({ user: 'alice' });
      await browser.post('/set/color');
      expect(await dump()).not.toContain(browser.id);
      expect(await redis.exists(`sess:2:${hash(browser.id)}`)).toBe(1);
      expect(await shop.sessions.find(browser.id)).toMatchObject({ color: true });
      expect(await shop.store.ids()).toEqual([`2:${hash(browser.id)}`]);
      expect(await shop.store.all()).toEqual([expect.objectContaining({ userId: 'alice' })]);
      const old = browser.copy();
      await browser.post('/logout');
      expect((await old.get('/profile')).status).toBe(401);
    });

    it('lists and revokes a session that moved to its new name while nobody looked', async () => {
      const browser = await loggedIn(await open({}));
      const shop = await open({ hashIds: 'migrate' });
      expect((await browser.copy(shop.url).get('/profile')).status).toBe(200);
      expect(await redis.exists(`sess:2:${hash(browser.id)}`)).toBe(1);
      const [{ handle } = { handle: '' }] = await shop.sessions.list('alice');
      expect(await shop.sessions.revoke(handle)).toBe(true);
      expect((await browser.copy(shop.url).get('/profile')).status).toBe(401);
    });

    it('takes no stored name for an id, even with a valid signature', async () => {
      const shop = await open({ hashIds: 'migrate' });
      const browser = await loggedIn(shop);
      const thief = new Browser(shop.url);
      thief.cookie = shop.sessions.cookieFor(`2:${hash(browser.id)}`);
      expect((await thief.get('/profile')).status).toBe(401);
    });

    it.each([
      ['destroyed', (node: Shop, id: string) => node.sessions.destroy(id)],
      ['revoked', (node: Shop, id: string) => node.sessions.revoke(handleOf(id))],
    ])("'migrate' brings no session back that was %s while it moved", async (_, end) => {
      const browser = await loggedIn(await open());
      const [mover, other] = [
        await open({ hashIds: 'migrate' }),
        await open({ hashIds: 'migrate' }),
      ];
      const { sessions } = mover.store;
      const save = sessions.save.bind(sessions);
      jest.spyOn(sessions, 'save').mockImplementationOnce(async (moved) => {
        expect(await end(other, browser.id)).toBe(true);
        return save(moved);
      });
      expect((await browser.copy(mover.url).get('/profile')).status).toBe(401);
      expect((await browser.copy(other.url).get('/profile')).status).toBe(401);
      expect(await redis.keys('sess:*')).toEqual([]);
    });

    it("'migrate' reads a session of the time before, and moves it", async () => {
      const browser = await loggedIn(await open());
      const strict = await open({ hashIds: true });
      expect((await browser.copy(strict.url).get('/profile')).status).toBe(401);
      const moving = await open({ hashIds: 'migrate' });
      const there = browser.copy(moving.url);
      const answers = await Promise.all(Array.from({ length: 8 }, () => there.get('/profile')));
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
      expect(await redis.keys('sess:*')).toEqual([`sess:2:${hash(browser.id)}`]);
      expect((await browser.copy(strict.url).get('/profile')).status).toBe(200);
    });
  });

  describe('encrypted', () => {
    it('works as ever, and a dump holds nothing of it', async () => {
      const shop = await open({ encryption: { keys: [KEY] } });
      const browser = await loggedIn(shop);
      expect(json(await browser.get('/session'))).toMatchObject({ userId: 'alice' });
      const keys = Array.from({ length: 20 }, (_, index) => `key${index}`);
      await Promise.all(keys.map((key) => browser.copy().post(`/set/${key}`)));
      expect(Object.keys(json(await browser.get('/session')))).toEqual(
        expect.arrayContaining(keys),
      );
      const stolen = await dump();
      for (const word of ['alice', 'secret book', 'userId', 'createdAt'])
        expect(stolen).not.toContain(word);
    });

    it('keeps the timeouts', async () => {
      const shop = await open({ encryption: { keys: [KEY] } });
      const { id } = await shop.sessions.create({ userId: 'alice' });
      const browser = new Browser(shop.url);
      browser.cookie = shop.sessions.cookieFor(id);
      await redis.pexpire(`sess:${id}`, 1_000_000);
      await browser.get('/profile');
      expect(await shop.sessions.touch(id)).toBe(true);
      expect(await redis.pttl(`sess:${id}`)).toBeGreaterThan(1_790_000);
    });

    it('is read by an older key, and written by the first', async () => {
      const browser = await loggedIn(await open({ encryption: { keys: [KEY] } }));
      const rotated = await open({ encryption: { keys: [NEXT, KEY] } });
      const there = browser.copy(rotated.url);
      expect((await there.get('/profile')).status).toBe(200);
      await there.post('/set/color');
      const after = await open({ encryption: { keys: [NEXT] } });
      expect((await browser.copy(after.url).get('/profile')).status).toBe(200);
    });

    it('is anonymous without the key, and keeps its cookie for who has it', async () => {
      const browser = await loggedIn(await open({ encryption: { keys: [KEY] } }));
      for (const encryption of [false, { keys: [NEXT] }] as const) {
        const other = browser.copy((await open({ encryption })).url);
        const reasons = await corruptions(async () => {
          const answer = await other.get('/profile');
          expect([answer.status, answer.setCookie]).toEqual([401, []]);
        });
        expect(reasons).toEqual([expect.stringMatching(/^encrypted/)]);
      }
    });

    it('is no session under another id, and none when it was changed', async () => {
      const shop = await open({ encryption: { keys: [KEY] } });
      const [mine, theirs] = [await loggedIn(shop), await loggedIn(shop)];
      await redis.copy(`sess:${theirs.id}`, `sess:${mine.id}`, 'REPLACE');
      const reasons = await corruptions(() => mine.get('/profile'));
      expect(reasons).toEqual(['forged']);
      expect(mine.cookie).toBeUndefined();
    });

    it('takes plain sessions only while it migrates, and encrypts them with the next save', async () => {
      const browser = await loggedIn(await open());
      const strict = await open({ encryption: { keys: [KEY] } });
      const refused = browser.copy(strict.url);
      expect(await corruptions(() => refused.get('/profile'))).toEqual(['not encrypted']);
      const moving = await open({ encryption: { keys: [KEY], migrate: true } });
      expect((await browser.copy(moving.url).post('/set/color')).status).toBe(201);
      expect(await dump()).not.toContain('secret book');
      expect((await browser.copy(strict.url).get('/profile')).status).toBe(200);
    });
  });

  describe('maxBytes', () => {
    it('warns from four fifths on, and refuses above it without harm to what is stored', async () => {
      const shop = await open({ maxBytes: 2000 });
      const browser = await loggedIn(shop);
      const large: unknown[] = [];
      const unsubscribe = sessionLarge.subscribe((event) => large.push(event));
      expect((await browser.post('/set/note', { value: 'x'.repeat(1500) })).status).toBe(201);
      const refused = await browser.post('/set/note', { value: 'x'.repeat(2000) });
      unsubscribe();
      expect(large).toEqual([expect.objectContaining({ maxBytes: 2000 })]);
      expect(refused.status).toBe(500);
      expect(json(await browser.get('/session'))['note']).toHaveLength(1500);
      await expect(
        shop.sessions.setAttribute(browser.id, 'note', 'x'.repeat(2000)),
      ).rejects.toMatchObject({ code: 'SESSION_TOO_LARGE' });
    });
  });

  describe('with a schema', () => {
    it.each([
      ['at once', (result: object) => result],
      ['asynchronously', (result: object) => Promise.resolve(result)],
    ])('is checked when it is loaded, %s, and the event holds no value', async (_, answer) => {
      const schema = {
        '~standard': {
          version: 1 as const,
          vendor: 'test',
          validate: (value: unknown) => {
            const { cart } = value as { cart?: unknown };
            const isFine = cart === undefined || Array.isArray(cart);
            const issues = [
              { message: `no list: ${JSON.stringify(cart)}`, path: ['cart', { key: 0 }] },
            ];
            return answer(isFine ? { value } : { issues }) as { issues?: typeof issues };
          },
        },
      };
      const shop = await open({ schema });
      const fine = new Browser(shop.url);
      await fine.post('/set/cart', { value: ['book'] });
      expect(json(await fine.get('/session'))).toMatchObject({ cart: ['book'] });
      const odd = new Browser(shop.url);
      await odd.post('/set/cart', { value: 'a secret' });
      const reasons = await corruptions(async () => {
        expect(json(await odd.get('/session'))).not.toHaveProperty('cart');
      });
      expect(reasons).toEqual(['does not fit `session.schema` at cart.0']);
    });
  });
});
