import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisStore as PlainStore } from 'connect-redis-10';
import express from 'express';
import type { AddressInfo } from 'node:net';
import session from 'express-session';
import type { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisServer } from '../support/redis-server.js';
import { Browser, SECRET, json, openShop, type Shop } from './shop.js';

interface PlainShop {
  readonly url: string;
  close(): Promise<void>;
}

/** What a service without this package runs: express-session, connect-redis 10, node-redis. */
async function openPlainShop(redisUrl: string): Promise<PlainShop> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  const app = express();
  app.use(
    session({
      store: new PlainStore({ client, ttl: 600 }),
      name: 'sid',
      secret: SECRET,
      resave: false,
      saveUninitialized: false,
    }),
  );
  app.get('/session', (request, response) => void response.json(request.session));
  app.post('/set/:key', (request, response) => {
    Object.assign(request.session, { [request.params.key]: 'plain' });
    response.json({});
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      client.destroy();
    },
  };
}

describe('beside a plain express-session and connect-redis application', () => {
  let server: RedisServer;
  let redis: Redis;
  let ours: Shop;
  let theirs: PlainShop;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
    ours = await openShop(server.url);
    theirs = await openPlainShop(server.url);
  });

  afterAll(async () => {
    await Promise.all([ours.close(), theirs.close()]);
    redis.disconnect();
    await server.stop();
  });

  it('lets the plain application read a session that began here', async () => {
    const browser = new Browser(ours.url);
    await browser.post('/login/alice');
    const read = json(await browser.copy(theirs.url).get('/session'));
    expect(read).toMatchObject({ userId: 'alice', role: 'customer' });
    expect(await redis.keys('*')).toContain(`sess:${browser.id}`);
  });

  it('reads a session that the plain application began, and keeps its keys', async () => {
    const browser = new Browser(theirs.url);
    await browser.post('/set/theirs');
    const here = browser.copy(ours.url);
    expect(json(await here.get('/session'))).toMatchObject({ theirs: 'plain' });
    await here.post('/set/ours', { value: 'kit' });
    expect(json(await browser.get('/session'))).toMatchObject({ theirs: 'plain', ours: 'kit' });
  });

  it('keeps its own notes when the plain application writes', async () => {
    const browser = new Browser(ours.url);
    await browser.post('/login/alice');
    const before = json(await browser.get('/session'));
    await browser.copy(theirs.url).post('/set/theirs');
    const after = json(await browser.get('/session'));
    expect(after).toMatchObject({ userId: 'alice', theirs: 'plain', $meta: before['$meta'] });
  });

  it('merges what the plain application wrote while a request was running here', async () => {
    const browser = new Browser(ours.url);
    await browser.post('/login/alice');
    await Promise.all([
      browser.copy(theirs.url).post('/set/theirs'),
      browser.copy().post('/set/ours'),
    ]);
    // The plain store overwrites blindly, so only ours is certain to keep the other's key.
    await browser.copy().post('/set/later');
    expect(json(await browser.get('/session'))).toMatchObject({ theirs: 'plain', later: true });
  });

  it('gives a session the idle time of whoever used it last', async () => {
    const browser = new Browser(theirs.url);
    await browser.post('/set/theirs');
    expect(await redis.ttl(`sess:${browser.id}`)).toBeLessThanOrEqual(600);
    await browser.copy(ours.url).get('/session');
    expect(await redis.ttl(`sess:${browser.id}`)).toBeGreaterThan(1_790);
  });

  it('writes JSON that begins as express-session writes it, the lifetime first', async () => {
    const { id } = await ours.sessions.create({ userId: 'job' });
    expect(await redis.get(`sess:${id}`)).toMatch(/^{"cookie":{"originalMaxAge":null,/);
  });

  it('makes a session outside of any request that both applications accept', async () => {
    const { id } = await ours.sessions.create({ userId: 'carol', data: { cart: ['book'] } });
    const browser = new Browser(ours.url);
    browser.cookie = ours.sessions.cookieFor(id);
    expect(json(await browser.get('/profile'))).toEqual({ user: 'carol' });
    expect(json(await browser.copy(theirs.url).get('/session'))).toMatchObject({ cart: ['book'] });
  });
});
