import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseInterceptors, type INestApplication } from '@nestjs/common';
import {
  CacheInterceptor,
  CacheService,
  type CacheOptions,
  type CipherKey,
} from 'nestjs-redis-kit';
import request from 'supertest';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const OLD: CipherKey = { id: 'old', secret: '11'.repeat(32) };
const NEW: CipherKey = { id: 'new', secret: '22'.repeat(32) };
const TEXT = 'hidden '.repeat(400);

@Controller()
@UseInterceptors(CacheInterceptor)
class TextController {
  @Get('text') text(): string {
    return TEXT;
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

async function start(cache: CacheOptions): Promise<INestApplication> {
  const app = await startApp({ connection: redis.url, cache }, { controllers: [TextController] });
  apps.push(app);
  return app;
}

async function startCache(cache: CacheOptions): Promise<CacheService> {
  return (await start(cache)).get(CacheService);
}

function stored(cache: string, key: string): Promise<Buffer | null> {
  return redis.use((client) => client.getBuffer(`cache:entry:${cache}:{${key}}`));
}

describe('values in the cache', () => {
  it.each(['json', 'msgpack'] as const)(
    'come back from Redis and from memory as what they were: %s',
    async (codec) => {
      const [writer, reader] = [await startCache({ codec }), await startCache({ codec })];
      const value = { at: new Date(5), file: Buffer.from([0, 255]), ids: new Set([1]), none: null };
      await writer.set('a', value);
      for (const cache of [writer, reader, reader])
        expect(await cache.get('a')).toStrictEqual(value);
    },
  );

  it('cannot be changed for others by a caller', async () => {
    const cache = await startCache({});
    const load = (): Promise<{ at: Date; file: Buffer }> =>
      cache.getOrSet('a', () => ({ at: new Date(5), file: Buffer.from('abc') }));
    const [first, second] = await Promise.all([load(), load()]);
    for (const mine of [first, second, await load()]) {
      expect(mine).toStrictEqual({ at: new Date(5), file: Buffer.from('abc') });
      mine.at.setTime(0);
      mine.file.fill(0);
    }
    expect(await cache.get('a')).toStrictEqual({ at: new Date(5), file: Buffer.from('abc') });
  });

  it('are compressed above the size, cached responses are not', async () => {
    const app = await start({ compression: { algorithm: 'brotli' } });
    await app.get(CacheService).set('long', TEXT);
    await app.get(CacheService).set('short', 'abc');
    expect((await stored('default', 'long'))!.length).toBeLessThan(300);
    expect((await stored('default', 'short'))!.toString('latin1')).toContain('"abc"');
    await request(app.getHttpServer()).get('/text').expect(200, TEXT);
    const [key] = await redis.use((client) => client.keys('cache:entry:http:*'));
    const response = await redis.use((client) => client.getBuffer(key!));
    expect(response!.toString()).toContain(TEXT);
  });
});

describe('encryption', () => {
  it('leaves no value and no response readable in Redis', async () => {
    const app = await start({ encryption: { keys: [NEW] }, memory: false });
    const cache = app.get(CacheService);
    await cache.set('a', TEXT);
    for (const _ of [1, 2]) await request(app.getHttpServer()).get('/text').expect(200, TEXT);
    const keys = await redis.use((client) => client.keys('cache:entry:*'));
    expect(keys).toHaveLength(2);
    for (const key of keys)
      expect(await redis.use((client) => client.get(key))).not.toContain('hidden');
    expect(await cache.get('a')).toBe(TEXT);
    const second = await request(app.getHttpServer()).get('/text');
    expect(second.headers['x-cache']).toMatch(/hit/i);
  });

  it('goes on reading while its keys are rotated', async () => {
    const before = await startCache({ encryption: { keys: [OLD] } });
    await before.set('a', 'value');
    const rotated = await startCache({ encryption: { keys: [NEW, OLD] } });
    expect(await rotated.get('a')).toBe('value');
    const after = await startCache({ encryption: { keys: [NEW] } });
    expect(await after.get('a')).toBeUndefined();
    expect(await after.getOrSet('a', () => 'loaded again')).toBe('loaded again');
  });

  it('does not accept a value that was moved to another key', async () => {
    const cache = await startCache({ encryption: { keys: [NEW] }, memory: false });
    await cache.set('mine', 'mine');
    await cache.set('yours', 'yours');
    await redis.use((client) =>
      client.copy('cache:entry:default:{mine}', 'cache:entry:default:{yours}', 'REPLACE'),
    );
    expect(await cache.get('yours')).toBeUndefined();
    expect(await cache.get('mine')).toBe('mine');
  });
});
