import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { RedisServer } from '../support/redis-server.js';
import { optionsFor, PACKAGES, startSite, type Site } from './packages.js';

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());
beforeEach(() => redis.use((client) => client.flushall()));

async function using(site: Promise<Site>, look: (site: Site) => Promise<void>): Promise<void> {
  const started = await site;
  try {
    await look(started);
  } finally {
    await started.app.close();
  }
}

/** An option that both have shows that the options arrived. */
const ID = 'an id of our own';

describe.each(PACKAGES)('modules with %s', (_, kit) => {
  class Factory {
    createCacheOptions(): object {
      return { ...optionsFor(redis.url), cacheId: ID, stores: undefined };
    }
  }
  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  /** Theirs takes `cacheId` where there are stores, ours always: the TTL shows it for both. */
  const forms: Record<string, ModuleMetadata['imports']> = {
    register: [kit.CacheModule.register({ ...optionsFor('x'), connection: 'embedded', ttl: 5000 })],
    useFactory: [
      kit.CacheModule.registerAsync({
        imports: [FactoryModule],
        inject: [Factory],
        useFactory: (factory: Factory) => ({ ...factory.createCacheOptions(), ttl: 5000 }),
      }),
    ],
    useClass: [
      kit.CacheModule.registerAsync({
        useClass: class extends Factory {
          override createCacheOptions(): object {
            return { ...super.createCacheOptions(), ttl: 5000 };
          }
        },
      }),
    ],
    useExisting: [
      kit.CacheModule.registerAsync({
        imports: [FactoryModule],
        useExisting: Factory as never,
      }),
    ],
  };

  it.each(Object.keys(forms))('is registered by %s', async (form) => {
    await using(startSite(kit, { imports: forms[form] }), async ({ cache }) => {
      await cache.set('a', 1);
      expect(await cache.get('a')).toBe(1);
      const ends = await cache.ttl('a');
      if (form !== 'useExisting') expect(ends).toBeLessThanOrEqual(Date.now() + 5000);
    });
  });

  it('takes providers for the factory', async () => {
    const imports = [
      kit.CacheModule.registerAsync({
        extraProviders: [{ provide: 'URL', useFactory: () => redis.url }],
        inject: ['URL'],
        useFactory: (url: string) => optionsFor(url),
      }),
    ];
    await using(startSite(kit, { imports }), async ({ cache }) => {
      await cache.set('a', 1);
      expect(await cache.get('a')).toBe(1);
    });
  });

  it('is injected by the class as by the token', async () => {
    const imports = [kit.CacheModule.register(optionsFor(redis.url))];
    await using(startSite(kit, { imports }), async ({ app, cache }) => {
      expect(app.get(kit.Cache, { strict: false })).toBe(cache);
    });
  });

  it('is everywhere when it is global, and where it is imported otherwise', async () => {
    @Injectable()
    class Service {}
    @Module({
      providers: [
        Service,
        { provide: 'USER', inject: [kit.CACHE_MANAGER], useFactory: (cache: unknown) => cache },
      ],
    })
    class FeatureModule {}

    const options = optionsFor(redis.url);
    const everywhere = [kit.CacheModule.register({ ...options, isGlobal: true }), FeatureModule];
    await using(startSite(kit, { imports: everywhere }), async ({ app, cache }) => {
      expect(app.get('USER', { strict: false })).toBe(cache);
    });
    const here = [kit.CacheModule.register(options), FeatureModule];
    await expect(startSite(kit, { imports: here })).rejects.toThrow(/CACHE_MANAGER/);
  });
});
