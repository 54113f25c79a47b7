import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Scope,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { Cacheable, CacheEvict, CachePut, CacheService, RedisModule } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

interface Product {
  readonly id: number;
  readonly name: string;
}

@Injectable()
class Products {
  readonly loads: number[] = [];
  readonly prefix = 'product';

  @Cacheable({
    key: (id: number) => `product:${id}`,
    ttl: '10m',
    tags: ['products'],
    unless: (found: Product | null) => found === null,
  })
  async find(id: number): Promise<Product | null> {
    this.loads.push(id);
    return id > 100 ? null : { id, name: `${this.prefix} ${id}` };
  }

  @Cacheable({
    cache: 'lists',
    key: (page: number) => `page:${page}`,
    condition: (page: number) => page < 10,
  })
  async list(page: number): Promise<number[]> {
    this.loads.push(page);
    return [page];
  }

  @CachePut({ key: (product: Product) => `product:${product.id}` })
  @CacheEvict({ cache: 'lists', all: true })
  async rename(id: number, name: string): Promise<Product> {
    if (name === '') throw new Error('A name is needed.');
    return { id, name };
  }

  @CacheEvict({ keys: (id: number) => [`product:${id}`, `price:${id}`] })
  async remove(id: number): Promise<number> {
    return id;
  }

  async findThroughThis(id: number): Promise<Product | null> {
    return this.find(id);
  }
}

let redis: RedisServer;
const apps: INestApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await redis.use((client) => client.flushall());
});
afterAll(() => redis.stop());

async function start(
  providers: Type[] = [Products],
  controllers: Type[] = [],
): Promise<INestApplication> {
  const imports = [RedisModule.forFeature({ caches: { lists: {} } })];
  const app = await startApp({ connection: redis.url }, { providers, controllers, imports });
  apps.push(app);
  return app;
}

async function products(): Promise<Products> {
  return (await start()).get(Products);
}

describe('@Cacheable', () => {
  it('runs the method once per key, however it is called', async () => {
    const service = await products();
    const found = await Promise.all([
      service.find(1),
      service.find(1),
      service.findThroughThis(1),
      service.find(2),
    ]);
    expect(found.map((product) => product?.name)).toEqual([
      'product 1',
      'product 1',
      'product 1',
      'product 2',
    ]);
    expect(service.loads).toEqual([1, 2]);
  });

  it('does not store what `unless` refuses', async () => {
    const service = await products();
    await service.find(101);
    await service.find(101);
    expect(service.loads).toEqual([101, 101]);
  });

  it('goes past the cache where `condition` is false', async () => {
    const service = await products();
    await service.list(10);
    await service.list(10);
    await service.list(1);
    await service.list(1);
    expect(service.loads).toEqual([10, 10, 1]);
  });

  it('takes part in tags', async () => {
    const app = await start();
    await app.get(Products).find(1);
    await app.get(CacheService).invalidateTags(['products']);
    await app.get(Products).find(1);
    expect(app.get(Products).loads).toEqual([1, 1]);
  });

  it('keeps two applications of one process apart', async () => {
    const [one, two] = [await start(), await start()];
    await one.close();
    expect(await two.get(Products).find(1)).toEqual({ id: 1, name: 'product 1' });
    expect(two.get(Products).loads).toEqual([1]);
  });
});

describe('@CachePut and @CacheEvict', () => {
  it('store the new state and clear what lists it, both on one method', async () => {
    const service = await products();
    await service.find(1);
    await service.list(1);
    await service.rename(1, 'Teapot');
    expect(await service.find(1)).toEqual({ id: 1, name: 'Teapot' });
    await service.list(1);
    expect(service.loads).toEqual([1, 1, 1]);
  });

  it('leave the cache as it is when the method fails', async () => {
    const service = await products();
    await service.find(1);
    await expect(service.rename(1, '')).rejects.toThrow('A name is needed.');
    expect(await service.find(1)).toEqual({ id: 1, name: 'product 1' });
    expect(service.loads).toEqual([1]);
  });

  it('remove entries by key', async () => {
    const service = await products();
    await service.find(1);
    expect(await service.remove(1)).toBe(1);
    await service.find(1);
    expect(service.loads).toEqual([1, 1]);
  });
});

describe('a cache decorator', () => {
  it('is refused on a controller', async () => {
    @Controller()
    class Wrong {
      @Get()
      @Cacheable({ key: () => 'all' })
      async all(): Promise<number> {
        return 1;
      }
    }
    await expect(start([], [Wrong])).rejects.toThrow(/Wrong\.all.*controller.*CacheInterceptor/);
  });

  it('is refused on a request-scoped provider', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Wrong {
      @Cacheable({ key: () => 'all' })
      async all(): Promise<number> {
        return 1;
      }
    }
    await expect(start([Wrong])).rejects.toThrow(/Wrong\.all.*request-scoped/);
  });

  it('names a cache that no module configured', async () => {
    @Injectable()
    class Wrong {
      @Cacheable({ cache: 'nowhere', key: () => 'all' })
      async all(): Promise<number> {
        return 1;
      }
    }
    await expect(start([Wrong])).rejects.toThrow(/"nowhere".*forFeature/);
  });
});
