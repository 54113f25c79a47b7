import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import {
  CacheService,
  getRedisToken,
  InjectRedis,
  RedisModule,
  type RedisModuleOptions,
  type RedisOptionsFactory,
} from 'nestjs-redis-kit';
import { RedisServer } from '../support/redis-server.js';

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
  imports: ModuleMetadata['imports'],
  rest: ModuleMetadata = {},
): Promise<INestApplication> {
  const module = await Test.createTestingModule({ ...rest, imports }).compile();
  const app = await module.createNestApplication({ logger: false }).init();
  apps.push(app);
  return app;
}

@Injectable()
class Settings implements RedisOptionsFactory {
  createRedisOptions(): RedisModuleOptions {
    return { connection: redis.url };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class Reports {
  constructor(@InjectRedis('reports') readonly client: Redis) {}
}

describe('RedisModule', () => {
  it.each([
    ['forRoot', () => RedisModule.forRoot({ connection: redis.url })],
    [
      'forRootAsync with useFactory',
      () => RedisModule.forRootAsync({ useFactory: async () => ({ connection: redis.url }) }),
    ],
    ['forRootAsync with useClass', () => RedisModule.forRootAsync({ useClass: Settings })],
    [
      'forRootAsync with useExisting and imports',
      () => RedisModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings }),
    ],
    [
      'forRootAsync with inject',
      () =>
        RedisModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: (settings: Settings) => settings.createRedisOptions(),
        }),
    ],
  ])('works by %s', async (_, module) => {
    const app = await start([module()]);
    expect(await app.get<Redis>(getRedisToken()).ping()).toBe('PONG');
  });

  it('is global unless told otherwise', async () => {
    @Module({
      providers: [
        { provide: 'uses', inject: [CacheService], useFactory: (cache: CacheService) => cache },
      ],
      exports: ['uses'],
    })
    class Feature {}
    const app = await start([RedisModule.forRoot({ connection: redis.url }), Feature]);
    expect(app.get('uses')).toBe(app.get(CacheService));
    await expect(
      start([RedisModule.forRoot({ connection: redis.url, isGlobal: false }), Feature]),
    ).rejects.toThrow(/CacheService/);
  });

  it('injects clients by name', async () => {
    const other = await RedisServer.start();
    const app = await start(
      [RedisModule.forRoot({ connection: redis.url, connections: { reports: other.url } })],
      {
        providers: [Reports],
      },
    );
    await app.get(Reports).client.set('where', 'reports');
    expect(await other.use((client) => client.get('where'))).toBe('reports');
    expect(await redis.use((client) => client.get('where'))).toBeNull();
    await app.close();
    await other.stop();
  });

  it('names the missing declaration of a connection in forRootAsync', async () => {
    const useFactory = (): RedisModuleOptions => ({
      connection: redis.url,
      connections: { reports: redis.url },
    });
    await expect(start([RedisModule.forRootAsync({ useFactory })])).rejects.toThrow(
      /connectionNames: \['reports'\]/,
    );
    const app = await start(
      [RedisModule.forRootAsync({ useFactory, connectionNames: ['reports'] })],
      { providers: [Reports] },
    );
    expect(await app.get(Reports).client.ping()).toBe('PONG');
  });

  it('duplicates a client of the application for its own use and does not close it', async () => {
    const mine = new Redis(redis.url);
    const app = await start([RedisModule.forRoot({ connection: mine })]);
    expect(app.get(getRedisToken())).toBe(mine);
    await app.get(CacheService).set('by', 'duplicate');
    await app.close();
    expect(await mine.ping()).toBe('PONG');
    mine.disconnect();
  });

  it('does not mind how the application wants its own replies', async () => {
    const replies = { stringNumbers: true, replyMapping: 'resp3' } as const;
    const mine = new Redis(redis.url, replies);
    const own = { kind: 'standalone', port: redis.port, options: replies } as const;
    for (const connection of [mine, own]) {
      const app = await start([
        RedisModule.forRoot({ connection, cache: { memory: false, deadline: '5s' } }),
      ]);
      await app.get(CacheService).delete('key');
      expect(await app.get(CacheService).getOrSet('key', () => 'first')).toBe('first');
      expect(await app.get(CacheService).getOrSet('key', () => 'second')).toBe('first');
      expect(await app.get<Redis>(getRedisToken()).incr('count')).toEqual(expect.any(String));
      await app.close();
    }
    mine.disconnect();
  });

  it('uses one connection per role and closes them all', async () => {
    const app = await start([
      RedisModule.forRoot({
        connection: redis.url,
        session: { secret: 'a secret for tests, longer than 32 characters' },
      }),
    ]);
    const connected = (): Promise<number> =>
      redis.use(
        async (client) =>
          Number(/connected_clients:(\d+)/.exec(await client.info('clients'))?.[1]) - 1,
      );
    // cache, subscriber, session; the raw client connects on its first command.
    expect(await connected()).toBe(3);
    await app.get<Redis>(getRedisToken()).ping();
    expect(await connected()).toBe(4);
    await app.close();
    expect(await connected()).toBe(0);
  });

  it('starts without a reachable Redis, and answers from the loader', async () => {
    const app = await start([RedisModule.forRoot({ connection: 'redis://127.0.0.1:1' })]);
    expect(await app.get(CacheService).getOrSet('key', () => 'loaded')).toBe('loaded');
  });

  it('closes within its limits while Redis is frozen', async () => {
    const frozen = await RedisServer.start();
    const app = await start([RedisModule.forRoot({ connection: frozen.url })]);
    frozen.freeze();
    const before = Date.now();
    await app.close();
    expect(Date.now() - before).toBeLessThan(3000);
    await frozen.stop();
  });

  it('logs in by user, password and database of the URL', async () => {
    await redis.use((client) =>
      client.acl('SETUSER', 'shop', 'on', '>p@ss/word', '~*', '&*', '+@all'),
    );
    const app = await start([
      RedisModule.forRoot({ connection: `redis://shop:p%40ss%2Fword@127.0.0.1:${redis.port}/3` }),
    ]);
    const client = app.get<Redis>(getRedisToken());
    expect(await client.acl('WHOAMI')).toBe('shop');
    expect(await client.client('INFO')).toMatch(/ db=3 /);
  });

  it.each([
    ['connection', undefined, {}],
    ['connection', 'http://example.org', { connection: 'http://example.org' }],
    ['connection', '//***@', { connection: 'redis://:secret@host:99999/x' }],
    [
      'connections.reports.kind',
      'foo',
      { connection: 'embedded', connections: { reports: { kind: 'foo' } } },
    ],
    ['connection.sentinels', '', { connection: { kind: 'sentinel', name: 'm', sentinels: [] } }],
    ['connection.nodes', '', { connection: { kind: 'cluster', nodes: [] } }],
    ['connection.port', '70000', { connection: { kind: 'standalone', port: 70000 } }],
    ['cache.ttl', 'soon', { connection: 'embedded', cache: { ttl: 'soon' } }],
    ['cache.prefix', 'a{b}', { connection: 'embedded', cache: { prefix: 'a{b}' } }],
    [
      'cache.memory.maxEntries',
      '0',
      { connection: 'embedded', cache: { memory: { maxEntries: 0 } } },
    ],
    ['cache.connection', 'other', { connection: 'embedded', cache: { connection: 'other' } }],
    [
      'session.connection',
      'other',
      { connection: 'embedded', session: { secret: 'x'.repeat(40), connection: 'other' } },
    ],
  ])('refuses a wrong `%s` (%s) at start', async (option, value, options) => {
    const refused = start([RedisModule.forRoot(options as unknown as RedisModuleOptions)]);
    await expect(refused).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', option });
    await expect(refused).rejects.toThrow(value ?? 'missing');
    await expect(refused).rejects.not.toThrow('secret@');
  });
});
