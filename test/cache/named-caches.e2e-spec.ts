import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { Cache, CacheService, getCacheToken, InjectCache, RedisModule } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

interface Product {
  readonly id: number;
}

@Injectable()
class Products {
  constructor(@InjectCache('products') readonly cache: Cache<Product>) {}
}

@Module({
  imports: [
    RedisModule.forFeature({ caches: { products: { ttl: '10m' }, orders: { memory: false } } }),
  ],
  providers: [Products],
})
class CatalogueModule {}

@Module({ imports: [RedisModule.forFeature({ caches: { products: { ttl: '10m' } } })] })
class SameAgainModule {}

@Module({ imports: [RedisModule.forFeature({ caches: { products: { ttl: '1m' } } })] })
class OtherOptionsModule {}

let redis: RedisServer;
const apps: INestApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});
afterAll(() => redis.stop());

async function start(
  ...imports: NonNullable<ModuleMetadata['imports']>
): Promise<INestApplication> {
  const app = await startApp({ connection: redis.url }, { imports });
  apps.push(app);
  return app;
}

describe('named caches', () => {
  it('have keys of their own', async () => {
    const app = await start(CatalogueModule);
    const { cache } = app.get(Products);
    const orders = app.get<Cache<unknown>>(getCacheToken('orders'));
    await cache.set('1', { id: 1 });
    expect(await orders.get('1')).toBeUndefined();
    expect(await app.get(CacheService).get('1')).toBeUndefined();
    expect(await cache.get('1')).toEqual({ id: 1 });
  });

  it('have a TTL of their own', async () => {
    const app = await start(CatalogueModule);
    await app.get(Products).cache.set('ttl', { id: 2 });
    const left = await redis.use((client) => client.pttl('cache:entry:products:{ttl}'));
    expect(left).toBeGreaterThan(9 * 60_000);
    expect(left).toBeLessThanOrEqual(10 * 60_000);
  });

  it('are cleared one by one', async () => {
    const app = await start(CatalogueModule);
    const orders = app.get<Cache<unknown>>(getCacheToken('orders'));
    await orders.set('kept', 1);
    await app.get(Products).cache.set('gone', { id: 3 });
    await app.get(Products).cache.clear();
    expect(await app.get(Products).cache.get('gone')).toBeUndefined();
    expect(await orders.get('kept')).toBe(1);
  });

  it('are invalidated together by tag', async () => {
    const app = await start(CatalogueModule);
    const orders = app.get<Cache<unknown>>(getCacheToken('orders'));
    await orders.set('o', 1, { tags: ['user:7'] });
    await app.get(CacheService).set('p', 2, { tags: ['user:7', 'other'] });
    await app.get(Products).cache.invalidateTags(['user:7']);
    expect(await orders.get('o')).toBeUndefined();
    expect(await app.get(CacheService).get('p')).toBeUndefined();
  });

  it('are the same one for two modules that name them with the same options', async () => {
    const app = await start(CatalogueModule, SameAgainModule);
    expect(app.select(SameAgainModule)).toBeDefined();
    await expect(start(CatalogueModule, OtherOptionsModule)).rejects.toThrow(
      /caches\.products.*different options/,
    );
  });

  it.each(['http', 'default', 'a b', 'a:b', ''])('refuse the name %p', (name) => {
    expect(() => RedisModule.forFeature({ caches: { [name]: {} } })).toThrow(/`caches`/);
  });
});
