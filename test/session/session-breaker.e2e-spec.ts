import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { trafficOf } from './support/round-trips.js';
import { Browser, json, openShop, type Answer, type Shop } from './shop.js';

/** So long that no request of a busy machine takes it for another reason than Redis. */
const DEADLINE_MS = 2000;

describe('while Redis is frozen for long', () => {
  let server: RedisServer;
  let shop: Shop;
  let user: Browser;

  beforeAll(async () => {
    server = await RedisServer.start();
    shop = await openShop(server.url, {
      deadline: DEADLINE_MS,
      expiryEvents: { interval: 10 },
    });
    user = new Browser(shop.url);
    await user.post('/login/alice');
    server.freeze();
    // The first ones find it out, each by its deadline.
    await Promise.all(Array.from({ length: 3 }, () => user.get('/public')));
  });

  afterAll(async () => {
    await shop.close();
    server.thaw();
    await server.stop();
  });

  /** Ten requests one after another, which together take less than one deadline. */
  async function atOnce(send: () => Promise<Answer>): Promise<Answer[]> {
    const answers: Answer[] = [];
    const startedAt = performance.now();
    for (let sent = 0; sent < 10; sent++) answers.push(await send());
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS);
    return answers;
  }

  it('answers public routes at once and leaves the cookie alone', async () => {
    for (const { status, setCookie } of await atOnce(() => user.get('/public'))) {
      expect([status, setCookie]).toEqual([200, []]);
    }
  });

  it('answers 503 at once on guarded routes, and takes nobody for a stranger', async () => {
    for (const { status, setCookie } of await atOnce(() => user.get('/profile'))) {
      expect([status, setCookie]).toEqual([503, []]);
    }
  });

  it('answers 503 at once to who wants to log in or out', async () => {
    const visitor = (): Promise<Answer> => new Browser(shop.url).post('/login/bob');
    for (const { status } of await atOnce(visitor)) expect(status).toBe(503);
    for (const { status } of await atOnce(() => user.post('/logout'))) expect(status).toBe(503);
  });

  it('sends nothing but its question, whatever is asked for, so that nothing piles up for later', async () => {
    const { sessions } = shop;
    const { commands } = await trafficOf(shop.client, async () => {
      const all = await Promise.allSettled([
        sessions.list('alice'),
        sessions.revokeAll('alice'),
        sessions.create({ userId: 'bob' }),
        sessions.find(user.id),
        sessions.touch(user.id),
        sessions.destroy(user.id),
      ]);
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['rejected']));
      await atOnce(() => user.get('/profile'));
    });
    expect(commands.filter((command) => command !== 'ping')).toEqual([]);
  });

  it('knows the session again when Redis answers', async () => {
    server.thaw();
    const seen = new Set<number>();
    await eventually(async () => {
      const answer = await user.get('/profile');
      seen.add(answer.status);
      expect(json(answer)).toEqual({ user: 'alice' });
    });
    // Never 401 in between: a session that cannot be read is not an absent one.
    expect([...seen].filter((status) => status !== 503)).toEqual([200]);
  });
});
