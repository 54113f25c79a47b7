import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Post, Req, type INestApplication } from '@nestjs/common';
import type { Request } from 'express';
import {
  CacheService,
  getCacheToken,
  RedisInspector,
  RedisModule,
  SessionService,
  type Cache,
  type ConnectionOptions,
} from 'nestjs-redis-kit';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';
import { RedisServer } from '../support/redis-server.js';

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  async login(@Req() request: Request): Promise<string> {
    await this.sessions.login(request, 'user-zaphod');
    return request.sessionID;
  }
}

const apps: INestApplication[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function start(connection: ConnectionOptions): Promise<INestApplication> {
  const app = await startApp(
    {
      connection,
      cache: { deadline: '5s', memory: false },
      session: { secret: SECRET, deadline: '10s' },
    },
    {
      imports: [
        RedisMetricsModule.forRoot(),
        RedisModule.forFeature({ caches: { products: { ttl: '1h' } } }),
      ],
      controllers: [LoginController],
    },
  );
  apps.push(app);
  return app;
}

/** 20 products, one of them large, 3 other entries, and two sessions of one user. @returns their ids */
async function fill(app: INestApplication): Promise<string[]> {
  const products = app.get<Cache<unknown>>(getCacheToken('products'));
  const values = Array.from({ length: 20 }, (_, at) => [`p${at}`, { at }] as const);
  await products.setMany(values);
  await products.set('large', 'x'.repeat(50_000));
  await Promise.all(['a', 'b', 'c'].map((key) => app.get(CacheService).set(key, key)));
  await products.getMany(['p1', 'p2', 'gone']);
  const login = async (): Promise<string> =>
    (await fetch(`${await urlOf(app)}/login`, { method: 'POST' })).text();
  return [await login(), await login()];
}

async function checkAll(app: INestApplication, servers: number): Promise<void> {
  const ids = await fill(app);
  const inspector = app.get(RedisInspector);
  // A busy machine may take its time; what the budget bounds is tested below.
  const time = '20s';
  const infos = await inspector.servers({ time });
  expect(infos).toMatchObject({ missing: [], commands: servers });
  expect(infos.value).toHaveLength(servers);
  for (const { memory, replication } of infos.value) {
    expect(memory.usedBytes).toBeGreaterThan(1000);
    expect(replication.role).toBe('master');
  }

  const latency = await inspector.latency({ time });
  expect(latency.missing).toEqual([]);
  expect(latency.value.map(({ pings }) => pings.length)).toEqual(Array(servers).fill(5));

  const keys = await inspector.keys({ time, top: 50 });
  expect(keys.missing).toEqual([]);
  expect(keys.value.sampled).toBe(keys.value.total);
  expect(keys.value.biggest[0]).toMatchObject({ key: 'cache:entry:products:{large}' });
  expect(keys.value.biggest[0]!.bytes).toBeGreaterThan(50_000);
  expect(keys.value.hottest.length).toBeGreaterThan(20);
  const shown = JSON.stringify(keys.value);
  expect(shown).toContain('sess:<');
  for (const id of ids) expect(shown).not.toContain(id);

  const caches = await inspector.caches({ time });
  const products = caches.value.find(({ name }) => name === 'products')!;
  expect(products.redis).toMatchObject({ entries: 21, isExact: true });
  expect(products.redis.bytes).toBeGreaterThan(50_000);
  expect(products.redis.ttls.buckets).toContainEqual({ upToSeconds: 3600, keys: 21 });
  expect(products.traffic).toMatchObject({ l2Hits: 2, misses: 1, hitRatio: 2 / 3 });
  expect(caches.value.find(({ name }) => name === 'default')!.redis.entries).toBe(3);

  const sessions = await inspector.sessions({ time });
  expect(sessions.value).toMatchObject({ sessions: 2, users: 1, isExact: true });
  expect(sessions.value!.topUsers).toEqual([{ user: expect.any(String), sessions: 2 }]);
  const told = JSON.stringify(sessions);
  for (const secret of [...ids, 'zaphod']) expect(told).not.toContain(secret);
  expect(JSON.parse(told)).toMatchObject({ value: { sessions: 2 } });
}

describe('RedisInspector', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.startStandalone();
    await redis.use((client) => client.config('SET', 'slowlog-log-slower-than', '0'));
  });
  afterAll(() => redis.stop());

  it('tells servers, latency, keys, caches and sessions', async () => {
    await checkAll(await start(redis.url), 1);
  });

  it('tells slow commands without their arguments', async () => {
    const app = await start(redis.url);
    await app.get(CacheService).set('secret-key', 'secret-value');
    const { value, missing } = await app.get(RedisInspector).slowLog({ limit: 100, time: '20s' });
    expect(missing).toEqual([]);
    expect(value.map(({ command }) => command)).toContain('EVALSHA');
    expect(JSON.stringify(value)).not.toContain('secret');
  });

  it('writes nothing and never sends KEYS', async () => {
    const app = await start(redis.url);
    await fill(app);
    const before = await redis.use((client) => client.info('commandstats'));
    const inspector = app.get(RedisInspector);
    await inspector.keys({ time: '20s' });
    await inspector.caches({ time: '20s' });
    await inspector.sessions({ time: '20s' });
    await inspector.warnings({ time: '20s' });
    const after = await redis.use((client) => client.info('commandstats'));
    const writes = /cmdstat_(set|del|unlink|evalsha|eval|hset|expire|pexpire|keys):calls=\d+/g;
    expect(after.match(writes)).toEqual(before.match(writes));
  });

  it('stops at its budget of commands and says so', async () => {
    const app = await start(redis.url);
    await fill(app);
    const inspector = app.get(RedisInspector);
    const { commands, missing, value } = await inspector.keys({ commands: 12, time: '20s' });
    expect(commands).toBe(12);
    expect(missing).toContain('MEMORY USAGE: out of budget');
    expect(value.measured).toBeGreaterThan(0);
  });

  it('gives what it may where rules of access refuse the rest', async () => {
    await redis.use((client) =>
      client.call(
        'ACL',
        ...`SETUSER limited on >pass ~* &* +@all -slowlog -memory -info -latency -object`.split(
          ' ',
        ),
      ),
    );
    const app = await start(redis.url.replace('//', '//limited:pass@'));
    await fill(app);
    const inspector = app.get(RedisInspector);
    const keys = await inspector.keys({ time: '20s' });
    expect(keys.value.sampled).toBeGreaterThan(20);
    expect(keys.value.biggest).toEqual([]);
    expect(keys.missing.join('\n')).toMatch(/^MEMORY USAGE: NOPERM/m);
    expect((await inspector.servers()).missing.join()).toMatch(/INFO of .*NOPERM/);
    expect((await inspector.slowLog()).missing.join()).toMatch(/SLOWLOG of .*NOPERM/);
    expect((await inspector.caches({ time: '20s' })).value[0]!.redis.bytes).toBeUndefined();
  });

  it('warns of what was counted, with a remedy', async () => {
    const app = await start(redis.url);
    const cache = app.get<Cache<unknown>>(getCacheToken('products'));
    await cache.clear();
    await cache.setMany(Array.from({ length: 20 }, (_, at) => [`w${at}`, at] as const));
    await cache.getMany(Array.from({ length: 200 }, (_, at) => `missing${at}`));
    const { value } = await app.get(RedisInspector).warnings({ time: '20s' });
    const ids = value.map(({ id, subject }) => `${id} ${subject}`);
    expect(ids).toContain('entries-without-hits products');
  });
});

describe('RedisInspector without Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.startStandalone();
  });
  afterAll(() => redis.stop());

  it('ends within its time where Redis is frozen, with what is missing', async () => {
    const app = await start(redis.url);
    const inspector = app.get(RedisInspector);
    await inspector.servers();
    redis.freeze();
    try {
      for (const inspect of ['servers', 'slowLog', 'latency', 'keys', 'caches'] as const) {
        const { missing, tookMs } = await inspector[inspect]({ time: '300ms' });
        expect(missing.length).toBeGreaterThan(0);
        expect(tookMs).toBeLessThan(10_000);
      }
      const { value } = await inspector.sessions({ time: '300ms' });
      expect(value).toMatchObject({ sessions: 0, isExact: false });
    } finally {
      redis.thaw();
    }
  });

  it('says that it cannot connect where Redis is gone, and finds it when it is back', async () => {
    const app = await start(redis.url);
    const inspector = app.get(RedisInspector);
    await redis.kill();
    const gone = await inspector.keys({ time: '300ms' });
    expect(gone.value).toMatchObject({ sampled: 0, biggest: [] });
    expect(gone.missing.join()).toContain('connection `default`');
    await redis.restart();
    const back = await inspector.servers({ time: '20s' });
    expect(back.missing).toEqual([]);
    expect(back.value).toHaveLength(1);
  });
});

describe('RedisInspector on a Cluster', () => {
  let cluster: ClusterTopology;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  afterAll(() => cluster.stop());

  it('looks at every primary', async () => {
    await checkAll(await start(cluster.connection), 3);
  });
});
