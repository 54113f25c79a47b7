import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import {
  Cache,
  getCacheToken,
  RedisModule,
  type CacheSource,
  type SourceOptions,
  type WriteContext,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';

interface Product {
  readonly name: string;
}

/** The table behind the cache, shared by all nodes of a test. */
const table = new Map<string, Product>();
const loads: string[] = [];
/** What the next write waits for, or fails with. */
let beforeWrite: () => Promise<void> | void = () => undefined;
const versions: number[] = [];

@Injectable()
class ProductsSource implements CacheSource<Product> {
  async load(key: string): Promise<Product | undefined> {
    loads.push(key);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return table.get(key);
  }

  async write(key: string, value: Product, { version }: WriteContext): Promise<void> {
    await beforeWrite();
    versions.push(version);
    table.set(key, value);
  }

  async remove(key: string): Promise<void> {
    await beforeWrite();
    table.delete(key);
  }
}

@Injectable()
class ReadOnlySource implements CacheSource<Product> {
  load(key: string): Product | undefined {
    return table.get(key);
  }
}

let redis: RedisServer;
const apps: INestApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  table.clear();
  loads.length = 0;
  beforeWrite = () => undefined;
});
afterAll(() => redis.stop());

async function start(options: SourceOptions = { source: ProductsSource }): Promise<Cache<Product>> {
  @Module({
    imports: [RedisModule.forFeature({ caches: { products: { ttl: '10m', ...options } } })],
    providers: [ProductsSource, ReadOnlySource],
  })
  class ProductsModule {}
  const app = await startApp({ connection: redis.url }, { imports: [ProductsModule] });
  apps.push(app);
  return app.get<Cache<Product>>(getCacheToken('products'), { strict: false });
}

describe('read-through', () => {
  it('loads a miss once for all callers of all nodes', async () => {
    const nodes = [await start(), await start()];
    table.set('1', { name: 'tea' });
    const callers = Array.from({ length: 20 }, () => nodes).flat();
    const values = await Promise.all(callers.map((node) => node.get('1')));
    expect(values).toEqual(callers.map(() => ({ name: 'tea' })));
    expect(loads).toEqual(['1']);
  });

  it('stores nothing for what the source does not have', async () => {
    const cache = await start();
    expect(await cache.get('none')).toBeUndefined();
    table.set('none', { name: 'now' });
    expect(await cache.get('none')).toEqual({ name: 'now' });
  });

  it('prefers the loader that the caller brings', async () => {
    const cache = await start();
    table.set('own', { name: 'of the source' });
    expect(await cache.getOrSet('own', () => ({ name: 'own' }))).toEqual({ name: 'own' });
    expect(loads).toEqual([]);
  });

  it('leaves writes to the cache alone where the source cannot write', async () => {
    const cache = await start({ source: ReadOnlySource });
    await cache.set('ro', { name: 'cached' });
    expect(await cache.get('ro')).toEqual({ name: 'cached' });
    expect(table.size).toBe(0);
  });
});

describe('write-through', () => {
  it('reaches the source first, then the cache of every node', async () => {
    const [here, there] = [await start(), await start()];
    await here.set('w', { name: 'first' });
    expect(await there.get('w')).toEqual({ name: 'first' });
    await here.set('w', { name: 'second' });
    expect(table.get('w')).toEqual({ name: 'second' });
    await eventually(async () => expect(await there.get('w')).toEqual({ name: 'second' }));
    expect(loads).toEqual([]);
  });

  it('removes from the source and the cache', async () => {
    const cache = await start();
    await cache.set('r', { name: 'here' });
    expect(await cache.delete('r')).toBe(true);
    expect(table.has('r')).toBe(false);
    expect(await cache.get('r')).toBeUndefined();
  });

  it('leaves the cache as it was when the source fails, and tells the caller', async () => {
    const cache = await start();
    await cache.set('f', { name: 'old' });
    beforeWrite = () => Promise.reject(new Error('constraint violated'));
    await expect(cache.set('f', { name: 'new' })).rejects.toThrow('constraint violated');
    await expect(cache.delete('f')).rejects.toThrow('constraint violated');
    expect(await cache.get('f')).toEqual({ name: 'old' });
    expect(loads).toEqual([]);
    expect(await redis.use((client) => client.exists('cache:lease:products:{f}'))).toBe(0);
  });

  it('gives versions that grow', async () => {
    const cache = await start();
    versions.length = 0;
    for (const name of ['a', 'b', 'c']) await cache.set('v', { name });
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(versions.every(Number.isSafeInteger)).toBe(true);
  });

  it('lets a load wait that begins while the source is written', async () => {
    const cache = await start();
    const held = latch();
    let isWriting = false;
    beforeWrite = () => {
      isWriting = true;
      return held.released;
    };
    table.set('wait', { name: 'old' });
    const written = cache.set('wait', { name: 'new' });
    await eventually(() => expect(isWriting).toBe(true));
    expect(await redis.use((client) => client.exists('cache:lease:products:{wait}'))).toBe(1);
    const read = cache.get('wait');
    held.release();
    await written;
    expect(await read).toEqual({ name: 'new' });
    expect(loads).toEqual([]);
  });

  it('never stores what a load found before the write', async () => {
    const [here, there] = [await start(), await start()];
    table.set('race', { name: 'old' });
    const read = here.get('race');
    await eventually(() => expect(loads).toEqual(['race']));
    await there.set('race', { name: 'new' });
    await read;
    // What was loaded and kept before the write ends with the message about it.
    await eventually(async () => expect(await here.get('race')).toEqual({ name: 'new' }));
    expect(await there.get('race')).toEqual({ name: 'new' });
  });

  it('keeps nothing in the cache that the source has not, after two nodes write at once', async () => {
    const nodes = [await start(), await start()];
    for (let round = 0; round < 20; round += 1) {
      beforeWrite = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      await Promise.all(
        nodes.map((node, index) => node.set('both', { name: `${round} of ${index}` })),
      );
      const expected = table.get('both');
      for (const node of nodes)
        await eventually(async () => expect(await node.get('both')).toEqual(expected));
    }
  });

  it('invalidates the entry once Redis is back, when Redis was down after the source succeeded', async () => {
    const [here, there] = [await start(), await start()];
    await here.set('down', { name: 'old' });
    expect(await there.get('down')).toEqual({ name: 'old' });
    beforeWrite = () => redis.freeze();
    await here.set('down', { name: 'new' });
    expect(table.get('down')).toEqual({ name: 'new' });
    redis.thaw();
    await eventually(async () => expect(await here.get('down')).toEqual({ name: 'new' }));
    await eventually(async () => expect(await there.get('down')).toEqual({ name: 'new' }));
  });
});

describe('the configuration of a source', () => {
  it('names a source that no module provides', async () => {
    class Stranger {}
    await expect(start({ source: Stranger })).rejects.toThrow(
      /caches\.products\.source.*providers/s,
    );
  });

  it('names a source without a method to write behind', async () => {
    await expect(start({ source: ReadOnlySource, writeMode: 'behind' })).rejects.toThrow(
      /caches\.products\.source.*write or writeBatch/s,
    );
  });

  it.each([
    [{ writeMode: 'behind' as const }, /caches\.products\.source/],
    [{ source: ProductsSource, writeMode: 'aside' as never }, /writeMode.*'through' or 'behind'/],
    [{ source: ProductsSource, writeBehind: {} }, /writeBehind.*writeMode: 'behind'/],
    [
      { source: ProductsSource, writeMode: 'behind' as const, writeBehind: { batchSize: 0 } },
      /writeBehind\.batchSize/,
    ],
    [
      { source: ProductsSource, writeMode: 'behind' as const, writeBehind: { lease: -1 } },
      /writeBehind\.lease/,
    ],
  ])('refuses %p', async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });
});
