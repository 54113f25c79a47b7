import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  getCacheToken,
  RedisInspector,
  RedisModule,
  SessionService,
  type Cache,
} from 'nestjs-redis-kit';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { SECRET, startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const A_WHILE_MS = 16 * 60_000;

let redis: RedisServer;
let app: INestApplication;
/** How much later it is for this process. */
let passedMs = 0;

beforeAll(async () => {
  redis = await RedisServer.startStandalone();
  const real = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => real() + passedMs);
  await redis.use((client) =>
    client.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lfu'),
  );
});
beforeEach(async () => {
  app = await startApp(
    {
      connection: redis.url,
      cache: { deadline: '10s', memory: false },
      session: { secret: SECRET, deadline: '10s', maxBytes: 2000 },
    },
    {
      imports: [
        RedisMetricsModule.forRoot(),
        RedisModule.forFeature({ caches: { products: { ttl: '1h' } } }),
      ],
    },
  );
  expect(await warned()).toEqual([]);
});
afterEach(async () => {
  await app.close();
  await redis.use((client) => client.flushall());
});
afterAll(async () => {
  jest.restoreAllMocks();
  await redis.stop();
});

async function warned(): Promise<string[]> {
  const { value, missing } = await app.get(RedisInspector).warnings({ time: '20s' });
  expect(missing).toEqual([]);
  return value.map(({ id, subject }) => `${id} ${subject ?? ''}`.trim());
}

/** Asked again a little later, as a page does. */
function warnedLater(): Promise<string[]> {
  passedMs += 2 * 60_000;
  return warned();
}

/** What was put right is seen as such once what was counted before is old. */
async function expectGoneLater(warning: string): Promise<void> {
  expect(await warnedLater()).toContain(warning);
  passedMs += A_WHILE_MS;
  expect(await warned()).not.toContain(warning);
}

const products = (): Cache<unknown> => app.get(getCacheToken('products'));

it('a session too large is warned of while saves are refused, and no longer afterwards', async () => {
  const sessions = app.get(SessionService);
  const { id } = await sessions.create({ userId: 'ada' });
  await expect(sessions.setAttribute(id, 'cart', 'x'.repeat(4000))).rejects.toThrow();
  await expectGoneLater('session-too-large');
});

it('a session near the limit, too', async () => {
  const sessions = app.get(SessionService);
  const { id } = await sessions.create({ userId: 'ada' });
  await sessions.setAttribute(id, 'cart', 'x'.repeat(1650));
  await expectGoneLater('session-near-limit');
});

it('entries without hits are warned of until one is hit', async () => {
  await products().setMany(Array.from({ length: 20 }, (_, at) => [`p${at}`, at] as const));
  await products().getMany(Array.from({ length: 100 }, (_, at) => `gone${at}`));
  expect(await warned()).toEqual(['entries-without-hits products']);
  await products().getMany(Array.from({ length: 20 }, (_, at) => `p${at}`));
  expect(await warned()).toEqual(['low-hit-ratio products']);
});

it('a low hit ratio is warned of until most reads hit, however many missed long ago', async () => {
  await products().set('p', 1);
  const read = (times: number, key: string): Promise<unknown[]> =>
    Promise.all(Array.from({ length: times }, (_, at) => products().get(`${key}${at}`)));
  await products().setMany(Array.from({ length: 200 }, (_, at) => [`p${at}`, at] as const));
  await read(5, 'p');
  await read(2000, 'gone');
  expect(await warnedLater()).toEqual(['low-hit-ratio products']);
  passedMs += A_WHILE_MS;
  await read(200, 'p');
  expect(await warned()).toEqual([]);
});

it('a TTL below the load time is warned of until values live longer', async () => {
  const slow = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 40, 'a teapot'));
  await products().getOrSet('slow', slow, { ttl: '5ms' });
  expect(await warnedLater()).toEqual(['ttl-below-load-time products']);
  passedMs += A_WHILE_MS;
  await products().getOrSet('other', slow, { ttl: '10min' });
  expect(await warned()).toEqual([]);
});

it('a hot key is warned of while it is there', async () => {
  // Each use counts, so that few make a key hot.
  await redis.use((client) => client.config('SET', 'lfu-log-factor', '0'));
  await products().set('hot', 1);
  const [key] = await redis.use((client) => client.keys('cache:entry:products:*'));
  await redis.use((client) => Promise.all(Array.from({ length: 150 }, () => client.get(key!))));
  expect(await warned()).toContain(`hot-key ${key}`);
  await products().delete('hot');
  expect(await warned()).not.toContain(`hot-key ${key}`);
});
