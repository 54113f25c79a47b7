import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { SessionNode } from './session-node.js';
import { Browser, json } from './shop.js';

/** Every race of two requests, in two processes whose Redis replies come late and out of step. */
describe('two processes that share the sessions', () => {
  let server: RedisServer;
  let redis: Redis;
  let one: SessionNode;
  let other: SessionNode;
  let gates = 0;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
    const settings = { url: server.url, delayRepliesMs: 20 };
    [one, other] = await Promise.all([
      SessionNode.start({ ...settings, seed: 1 }),
      SessionNode.start({ ...settings, seed: 2 }),
    ]);
  }, 30_000);

  afterAll(async () => {
    await Promise.all([one.kill(), other.kill()]);
    redis.disconnect();
    await server.stop();
  });

  async function loggedIn(): Promise<Browser> {
    const browser = new Browser(one.url);
    await browser.post('/login/alice');
    return browser;
  }

  /** Starts a request at one node that waits in its handler. */
  async function slowly(browser: Browser, path: (gate: string) => string) {
    const gate = `gate${(gates += 1)}`;
    const request = browser.copy(one.url);
    const answer = request.post(path(gate));
    await one.reached(gate);
    return {
      finish: () => {
        one.open(gate);
        return answer;
      },
      request,
    };
  }

  it('keep the keys that 50 requests add at the same time', async () => {
    const browser = await loggedIn();
    const keys = Array.from({ length: 50 }, (_, index) => `key${index}`);
    const urlOf = (index: number): string => (index % 2 ? one.url : other.url);
    const answers = await Promise.all(
      keys.map((key, index) => browser.copy(urlOf(index)).post(`/set/${key}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(201));
    const session = json(await browser.get('/session'));
    expect(Object.keys(session).filter((key) => key.startsWith('key'))).toHaveLength(50);
  });

  it('lose no count, no entry and no item of what has a merger', async () => {
    const browser = await loggedIn();
    const skus = Array.from({ length: 30 }, (_, index) => `sku${index}`);
    const urlOf = (index: number): string => (index % 2 ? one.url : other.url);
    await Promise.all(skus.map((sku, index) => browser.copy(urlOf(index)).post(`/buy/${sku}`)));
    const { visits, recent, cart } = json(await browser.get('/session'));
    expect([visits, cart]).toEqual([30, { tea: 30 }]);
    expect((recent as string[]).toSorted()).toEqual(skus.toSorted());
  });

  it('keep a removal by one beside an addition by the other', async () => {
    const browser = await loggedIn();
    await browser.post('/set/old');
    const slow = await slowly(browser, (gate) => `/slow/${gate}/added`);
    await browser.copy(other.url).post('/remove/old');
    await slow.finish();
    const session = json(await browser.get('/session'));
    expect(session).toHaveProperty('added', true);
    expect(session).not.toHaveProperty('old');
  });

  it('keep a session ended that a slow writer of the other finishes later', async () => {
    const browser = await loggedIn();
    const stolen = browser.copy();
    const slow = await slowly(browser, (gate) => `/slow/${gate}/late`);
    await browser.copy(other.url).post('/logout');
    expect((await slow.finish()).status).toBe(201);
    expect(await redis.exists(`sess:${stolen.id}`)).toBe(0);
    expect(json(await stolen.get('/session'))).not.toHaveProperty('userId');
  });

  it('keep the old id dead after a login at the other', async () => {
    const browser = new Browser(one.url);
    await browser.post('/set/early');
    const old = browser.copy();
    const slow = await slowly(browser, (gate) => `/slow/${gate}/late`);
    await browser.copy(other.url).post('/login/alice');
    await slow.finish();
    expect(await redis.exists(`sess:${old.id}`)).toBe(0);
  });

  it('carry into a login what the other saved while it was on its way', async () => {
    const browser = new Browser(one.url);
    await browser.post('/set/first');
    const slow = await slowly(browser, (gate) => `/login-slowly/${gate}/alice`);
    await browser.copy(other.url).post('/set/early');
    await browser.copy(other.url).post('/set/unnamed');
    await slow.finish();
    const session = json(await slow.request.get('/session'));
    expect(session).toMatchObject({ userId: 'alice', early: true });
    expect(session).not.toHaveProperty('unnamed');
  });

  it('see each other’s login at the next request, a redirect', async () => {
    for (let round = 0; round < 10; round++) {
      const browser = new Browser(one.url);
      const answer = await browser.post(`/login-and-go/user${round}`);
      expect(answer.status).toBe(302);
      const there = json(await browser.copy(other.url).get('/session'));
      expect(there).toHaveProperty('userId', `user${round}`);
    }
  });

  it('rotate a session beside a writer, and lose nothing that was saved', async () => {
    for (let round = 0; round < 5; round++) {
      const browser = await loggedIn();
      const rotated = browser.copy(one.url);
      const writer = browser.copy(other.url);
      const saved: string[] = [];
      const rotation = writer.post('/set/before').then(() => rotated.post('/rotate'));
      for (let index = 0; writer.cookie !== undefined && index < 50; index++) {
        await writer.copy().post(`/set/key${index}`);
        const seen = json(await writer.copy().get('/session'));
        if (!(`key${index}` in seen)) break;
        saved.push(`key${index}`);
      }
      expect((await rotation).status).toBe(201);
      const session = json(await rotated.get('/session'));
      expect(Object.keys(session)).toEqual(expect.arrayContaining(['userId', 'before', ...saved]));
      expect(await redis.exists(`sess:${browser.id}`)).toBe(0);
    }
  });

  it('two logouts and a rotation at once leave nothing behind', async () => {
    const browser = await loggedIn();
    const before = (await redis.keys('sess:*')).length;
    const rotated = browser.copy(one.url);
    await Promise.all([
      browser.copy(one.url).post('/logout'),
      browser.copy(other.url).post('/logout'),
      rotated.post('/rotate'),
    ]);
    expect(await redis.exists(`sess:${browser.id}`)).toBe(0);
    const left = (await redis.keys('sess:*')).length;
    // The rotation either came first and its session lives on, or found nothing to follow.
    const lives = json(await rotated.copy().get('/session'))['userId'] === 'alice';
    expect(left).toBe(lives ? before : before - 1);
  });
});
