import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Post, Req, UseInterceptors } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import {
  CacheInterceptor,
  CacheScope,
  CacheService,
  CacheTags,
  getCacheToken,
  getLeaderboardToken,
  getMessageStreamToken,
  RedisModule,
  SessionService,
  type Cache,
  type Leaderboard,
  type MessageStream,
} from 'nestjs-redis-kit';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';
import { Browser } from '../session/browser.js';

interface Row {
  readonly pattern: string;
  readonly type: string;
  readonly ends: 'never' | 'always' | 'maybe';
  readonly regex: RegExp;
}

interface Found {
  readonly key: string;
  readonly type: string;
  readonly ttlMs: number;
}

const page = readFileSync(join(import.meta.dirname, '../../docs/wire.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\S+)` *\| ([a-z ]+?) +\| ([^|]+)\|/gm)].map(
  ([, pattern = '', type = '', ttl = '']) => rowOf(pattern, type, ttl),
);

function rowOf(pattern: string, type: string, ttl: string): Row {
  const escaped = pattern.replaceAll(/[{}()|.]/g, String.raw`\$&`);
  const never = ttl.startsWith('none');
  return {
    pattern,
    type: type === 'sorted set' ? 'zset' : type,
    ends: never ? (/season|keep/.test(ttl) ? 'maybe' : 'never') : 'always',
    regex: new RegExp(`^${escaped.replaceAll(/<\w+>/g, '[^{}]+')}$`),
  };
}

/** The most exact row, since a shard looks like a key, too. */
function rowFor(key: string): Row | undefined {
  const matching = rows.filter(({ regex }) => regex.test(key));
  return matching.toSorted((a, b) => b.pattern.length - a.pattern.length)[0];
}

/** The source fails only when the entry has been seen. */
const looked = latch();

@Injectable()
class Source {
  async writeBatch(): Promise<void> {
    await looked.released;
    throw new Error('The database is away.');
  }
}

@Controller()
class SiteController {
  constructor(private readonly sessions: SessionService) {}

  @Get('page')
  @UseInterceptors(CacheInterceptor)
  @CacheScope('public')
  @CacheTags('pages')
  page(): object {
    return { page: 1 };
  }

  @Post('login')
  async login(@Req() request: Request): Promise<void> {
    await this.sessions.login(request, 'alice');
  }
}

describe('docs/wire.md', () => {
  let redis: RedisServer;
  let app: NestExpressApplication;
  /** All that was seen at some time. */
  const seen = new Map<string, Found>();

  async function look(): Promise<void> {
    await redis.use(async (client) => {
      for await (const keys of client.scanStream() as AsyncIterable<string[]>)
        for (const key of keys) {
          const found = { key, type: await client.type(key), ttlMs: await client.pttl(key) };
          // It may end in between.
          if (found.type !== 'none' && found.ttlMs !== -2) seen.set(key, found);
        }
    });
  }

  beforeAll(async () => {
    redis = await RedisServer.start();
    app = await startApp(
      {
        connection: redis.url,
        cache: { deadline: '10s' },
        structures: { deadline: '10s' },
        session: { secret: SECRET, deadline: '10s', expiryEvents: true },
      },
      {
        imports: [
          RedisModule.forFeature({
            caches: {
              behind: {
                source: Source,
                writeMode: 'behind',
                writeBehind: { attempts: 1 },
              },
            },
            leaderboards: { all: { ties: 'first-reached' }, weekly: { season: 'week' } },
            streams: { orders: { maxDeliveries: 1 } },
          }),
        ],
        controllers: [SiteController],
        providers: [Source],
      },
    );
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await redis.stop();
  });

  it('has the keys of caches', async () => {
    const cache = app.get(CacheService);
    await cache.set('one', 1, { tags: ['numbers'] });
    await cache.namespace('tenant').set('two', 2);
    await cache.getOrSet('three', async () => {
      await look();
      return 3;
    });
    await (await fetch(`${await urlOf(app)}/page`)).text();
    await app.get<Cache<number>>(getCacheToken('behind')).set('four', 4);
    await look();
    looked.release();
    await eventually(async () => {
      await look();
      expect([...seen.keys()].some((key) => key.startsWith('cache:dead:'))).toBe(true);
    });
  });

  it('has the keys of sessions', async () => {
    const browser = new Browser(await urlOf(app));
    await browser.post('/login');
    await browser.copy().post('/login');
    await look();
    await app.get(SessionService).revokeAll('alice');
    await look();
  });

  it('has the keys of structures', async () => {
    const all = app.get<Leaderboard>(getLeaderboardToken('all'));
    await all.increment('alice', 1, { operation: 'match:1' });
    await look();
    await all.archive('spring');
    await app.get<Leaderboard>(getLeaderboardToken('weekly')).add('bob', 2);
    const orders = app.get<MessageStream<unknown>>(getMessageStreamToken('orders'));
    await orders.publish({ id: 1 });
    await look();
    orders.consume({ group: 'mailer' }, () => Promise.reject(new Error('No.')));
    await eventually(async () => {
      await look();
      expect(seen.has('app:stream:{orders}:dead')).toBe(true);
    });
  });

  it('knows every key that was found, with its type, and whether it ends', () => {
    const wrong = [...seen.values()].filter(({ key, type, ttlMs }) => {
      const row = rowFor(key);
      if (!row || row.type !== type) return true;
      if (row.ends === 'maybe') return false;
      return (row.ends === 'always') !== ttlMs > 0;
    });
    expect(wrong).toEqual([]);
    expect(seen.size).toBeGreaterThan(20);
  });

  it('names no key that was not found', () => {
    const found = new Set([...seen.keys()].map((key) => rowFor(key)?.pattern));
    expect(rows.map(({ pattern }) => pattern).filter((pattern) => !found.has(pattern))).toEqual([]);
  });
});
