import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { Browser, gate, openShop, type Shop } from './shop.js';

describe('round trips of a session', () => {
  let server: RedisServer;
  let redis: Redis;
  let shop: Shop;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
    shop = await openShop(server.url);
    await (await loggedIn()).post('/login/alice'); // Redis then knows the scripts.
  });

  afterAll(async () => {
    await shop.close();
    redis.disconnect();
    await server.stop();
  });

  const visitor = (): Browser => new Browser(shop.url);

  async function commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
    await redis.config('RESETSTAT');
    await work();
    const stats = await redis.info('commandstats');
    const counted = stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g);
    const counts = [...counted].map(([, name, calls]) => [name!, Number(calls)] as const);
    return Object.fromEntries(counts.filter(([name]) => !/^(config|info|ping|client)/.test(name)));
  }

  async function loggedIn(user = 'alice'): Promise<Browser> {
    const browser = visitor();
    await browser.post(`/login/${user}`);
    return browser;
  }

  describe('round trips', () => {
    it('asks Redis nothing and sends no cookie for an anonymous request', async () => {
      const browser = visitor();
      const commands = await commandsOf(async () => {
        const answer = await browser.get('/session');
        expect(answer.setCookie).toEqual([]);
      });
      expect(commands).toEqual({});
    });

    it('reads a session by one script and renews nothing while it is young', async () => {
      const browser = await loggedIn();
      const commands = await commandsOf(() => browser.get('/profile'));
      expect(commands).toEqual({ evalsha: 1, get: 1, pttl: 1 });
    });

    it('renews the expiry beside the answer when less than 90 % is left', async () => {
      const browser = await loggedIn();
      const key = `sess:${browser.id}`;
      await redis.pexpire(key, 1_600_000);
      const commands = await commandsOf(async () => {
        await browser.get('/profile');
        await eventually(async () => expect(await redis.pttl(key)).toBeGreaterThan(1_790_000));
      });
      expect(commands).toMatchObject({ evalsha: 1, get: 1, pexpire: 1 });
    });

    // Inside the script: the session, and beside it the names of its last writes.
    it('writes a change by one more script', async () => {
      const browser = await loggedIn();
      const commands = await commandsOf(() => browser.post('/set/color', { value: 'red' }));
      expect(commands).toMatchObject({ evalsha: 2, set: 2 });
    });

    it('writes a conflict by one more script yet', async () => {
      const browser = await loggedIn();
      const key = `sess:${browser.id}`;
      const door = gate('conflict');
      const slow = browser.copy().post('/slow/conflict/mine');
      await door.reached;
      const theirs = JSON.parse((await redis.get(key))!) as object;
      await redis.set(key, JSON.stringify({ ...theirs, theirs: true }), 'KEEPTTL');
      const commands = await commandsOf(async () => {
        door.open();
        await slow;
      });
      expect(commands).toEqual({ evalsha: 2, get: 4, set: 2 });
      expect(JSON.parse((await redis.get(key))!)).toMatchObject({ theirs: true, mine: true });
    });

    it('sends for a request what MONITOR shows, and not a command more', async () => {
      const browser = await loggedIn();
      const monitor = await redis.duplicate().monitor();
      const seen: string[] = [];
      monitor.on('monitor', (_time, args: string[], source: string) => {
        if (source !== 'lua') seen.push(args[0]!.toLowerCase());
      });
      await visitor().get('/session');
      await browser.get('/profile');
      await browser.post('/set/color');
      await browser.post('/login/alice');
      await redis.echo('end');
      await eventually(() => expect(seen).toContain('echo'));
      monitor.disconnect();
      const [read, write] = ['evalsha', 'evalsha'];
      const [enter, end, tidy] = [['evalsha', 'set'], 'evalsha', ['hdel', 'unlink']];
      expect(seen).toEqual([read, read, write, read, ...enter, write, ...tidy, end, 'echo']);
    });

    it('logs in by one read, one entry in the index, one write and one end of the old session', async () => {
      const browser = visitor();
      await browser.post('/set/cart', { value: ['book'] });
      const commands = await commandsOf(() => browser.post('/login/alice'));
      expect(commands).toMatchObject({ evalsha: 4, hset: 1, set: 3, del: 1 });
    });
  });
});
