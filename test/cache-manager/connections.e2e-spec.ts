import process from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { Keyv } from 'keyv';
import { CacheService, RedisModule } from 'nestjs-redis-kit';
import { createClient, createCluster } from 'redis';
import { RedisServer } from '../support/redis-server.js';
import { OURS, startSite, type Site } from './packages.js';

const { CacheModule } = OURS;

/** Has the shape of the adapter of `@keyv/redis`, with its client. */
class RedisAdapter extends Map<string, string> {
  readonly opts = {};
  namespace = 'of-the-adapter';
  isDisconnected = false;

  constructor(readonly client: object) {
    super();
  }

  on(): this {
    return this;
  }

  async disconnect(): Promise<void> {
    this.isDisconnected = true;
  }
}

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.startStandalone();
});
afterAll(() => redis.stop());

async function keysOf(server: RedisServer): Promise<string[]> {
  return server.use((client) => client.keys('*entry:cache-manager:*'));
}

/** With the one that asks. */
async function connectedClients(): Promise<number> {
  const list = await redis.use((client) => client.client('LIST') as Promise<string>);
  return list.trim().split('\n').length;
}

describe('the connection of CacheModule', () => {
  const before = process.env.REDIS_URL;
  let site: Site | undefined;

  beforeEach(async () => {
    delete process.env.REDIS_URL;
    await redis.use((client) => client.flushall());
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.REDIS_URL;
    else process.env.REDIS_URL = before;
    await site?.app.close();
    site = undefined;
  });

  async function starts(metadata: ModuleMetadata): Promise<void> {
    site = await startSite(OURS, metadata);
    await site.cache.set('a', 1);
    expect(await keysOf(redis)).toHaveLength(1);
  }

  it('is the option', () => starts({ imports: [CacheModule.register({ connection: redis.url })] }));

  it('is that of RedisModule, imported before or after', async () => {
    const module = RedisModule.forRoot({ connection: redis.url, cache: { prefix: 'shop:' } });
    await starts({ imports: [CacheModule.register(), module] });
    expect(await keysOf(redis)).toEqual([expect.stringMatching(/^shop:/)]);
    await site!.app.get(CacheService).set('own', 1);
    expect(await site!.cache.get('own')).toBeUndefined();
  });

  it('is that of RedisModule although its options come late', () =>
    starts({
      imports: [
        CacheModule.register(),
        RedisModule.forRootAsync({
          useFactory: () =>
            new Promise((resolve) => setImmediate(() => resolve({ connection: redis.url }))),
        }),
      ],
    }));

  it('is the URL of a Redis store, of a Keyv and of a Cacheable', async () => {
    const client = createClient({ url: redis.url });
    const adapter = new RedisAdapter(client);
    const shapes = [adapter, new Keyv({ store: adapter }), { secondary: new Keyv(adapter) }];
    for (const stores of shapes) {
      await starts({ imports: [CacheModule.register({ stores: [new Keyv(), stores] })] });
      await redis.use((one) => one.flushall());
      await site!.app.close();
    }
  });

  it('is the host, user and database of a Redis store', async () => {
    await redis.use((client) =>
      client.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all'),
    );
    const socket = { host: '127.0.0.1', port: redis.port };
    const client = createClient({ socket, username: 'app', password: 'secret', database: 3 });
    site = await startSite(OURS, {
      imports: [CacheModule.register({ stores: new RedisAdapter(client) })],
    });
    await site.cache.set('a', 1);
    expect(await redis.use((one) => one.select(3).then(() => one.keys('*')))).not.toEqual([]);
    expect(await keysOf(redis)).toEqual([]);
  });

  it('is the Cluster of a Redis store, asked at one of its nodes', async () => {
    const client = createCluster({ rootNodes: [{ url: redis.url }] });
    const stores = new RedisAdapter(client);
    // The server is no Cluster and says so, to a client that asked it as one.
    const started = startSite(OURS, { imports: [CacheModule.register({ stores })] });
    site = await started;
    await site.cache.set('a', 1);
    const info = await redis.use((one) => one.info('commandstats'));
    expect(info).toMatch(/cmdstat_cluster\|slots/);
  });

  it('is REDIS_URL', async () => {
    process.env.REDIS_URL = redis.url;
    await starts({ imports: [CacheModule.register({ stores: new Keyv() })] });
  });

  it('must be named somewhere', async () => {
    await expect(startSite(OURS, { imports: [CacheModule.register()] })).rejects.toThrow(
      /Option `connection` is missing\. Give CacheModule\.register\(\{ connection/,
    );
  });

  it('is one for all modules that register a cache', async () => {
    const register = (ttl: number): DynamicModule =>
      CacheModule.register({ connection: redis.url, ttl });
    @Module({ imports: [register(1000)] })
    class OneModule {}
    @Module({ imports: [register(2000)] })
    class TwoModule {}
    site = await startSite(OURS, { imports: [OneModule] });
    const ofOne = await connectedClients();
    await site.app.close();
    site = await startSite(OURS, { imports: [OneModule, TwoModule] });
    expect(await connectedClients()).toBe(ofOne);
  });

  it('ends with the application, and so do the stores of before', async () => {
    const stores = new RedisAdapter({});
    await starts({ imports: [CacheModule.register({ connection: redis.url, stores })] });
    await site!.app.close();
    site = undefined;
    expect(stores.isDisconnected).toBe(true);
    // The one that asks.
    expect(await connectedClients()).toBe(1);
  });
});
