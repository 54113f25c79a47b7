import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { failedStart, ShopProcess } from './shop-process.js';
import { shopper } from './shopper.js';

const SECRET = 'a secret for tests, longer than 32 characters';

describe('the start of the shop', () => {
  const cleanUps: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  it.each([
    [{ NODE_ENV: 'production' }, 'SESSION_SECRET is not set'],
    [{ PORT: 'http' }, 'PORT is "http"'],
    [{ DATABASE_URL: 'postgres://127.0.0.1:1/shop' }, 'DATABASE_URL'],
    [{ SESSION_SECRET: 'short' }, 'session.secret'],
    [{ REDIS_URL: 'http://localhost' }, 'connection'],
    [{ REDIS_SERVER_BIN: '/nowhere/redis-server' }, 'none at /nowhere/redis-server'],
  ])(
    'refuses %j with one clear error',
    async (env, message) => {
      const { code, errors } = await failedStart(env);
      expect(code).toBe(1);
      expect(errors).toContain(message);
      expect(errors).toMatch(/^The shop cannot start\. /);
      expect(errors).not.toMatch(/^\s+at /m);
    },
    20_000,
  );

  it('starts the Redis server of REDIS_SERVER_BIN, on a machine with a long temporary folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    const own = join(folder, 'my-redis');
    await writeFile(
      own,
      '#!/bin/sh\necho started >"$0.log"\nexec "${REDIS:-redis-server}" "$@"\n',
      {
        mode: 0o755,
      },
    );
    const long = join(folder, 'long'.repeat(20));
    await mkdir(long);
    const REDIS = process.env['REDIS_SERVER_BIN'] ?? 'redis-server';
    const shop = await ShopProcess.start({ REDIS_SERVER_BIN: own, REDIS, TMPDIR: long });
    cleanUps.push(() => shop.stop());
    await shopper(shop.url).post('/api/cart').send({ productId: 5, quantity: 1 }).expect(200);
    expect(await readFile(`${own}.log`, 'utf8')).toBe('started\n');
    expect(await readdir(long)).toEqual([]);
  }, 60_000);

  it('keeps carts and products over a restart when it has a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    const env = { SHOP_DATA_DIR: folder, SESSION_SECRET: SECRET };

    const before = await ShopProcess.start(env);
    cleanUps.push(() => before.stop());
    const alice = shopper(before.url);
    const login = await alice
      .post('/api/login')
      .send({ email: 'alice@example.com', password: 'correct horse battery' })
      .expect(200);
    const cookie = (login.headers['set-cookie'] as unknown as string[])
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    await alice.post('/api/cart').send({ productId: 5, quantity: 4 }).expect(200);
    await alice.put('/api/products/5').send({ priceCents: 250 }).expect(200);
    await before.stop();

    const after = await ShopProcess.start(env);
    cleanUps.push(() => after.stop());
    const { body } = await request(after.url).get('/api/cart').set('Cookie', cookie).expect(200);
    expect(body).toMatchObject({ count: 4, totalCents: 1000 });
    await request(after.url).get('/api/profile').set('Cookie', cookie).expect(200);
  }, 60_000);
});
