import { channel } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Param,
  Post,
  Req,
  UseInterceptors,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import type { Request } from 'express';
import {
  CacheInterceptor,
  CacheService,
  RedisMetrics,
  SessionService,
  type MetricsSnapshot,
} from 'nestjs-redis-kit';
import { RedisMetricsModule, type RedisMetricsOptions } from 'nestjs-redis-kit/metrics';
import { Registry } from 'prom-client';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';

const SOURCES = join(import.meta.dirname, '../../libs/redis/src');
const CHANNELS = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.events.ts') || file.endsWith('gauges.ts'))
  .flatMap(
    (file) => readFileSync(join(SOURCES, file), 'utf8').match(/nestjs-redis-kit:[\w:-]+/g) ?? [],
  );

/**
 * Events of each request that somebody listens to. Left out: what the session module itself logs, all of it failures,
 * and the channel on which the cache waits for somebody to ask for gauges.
 */
function heardNow(): string[] {
  return CHANNELS.filter((name) => channel(name).hasSubscribers).filter(
    (name) => !/gauges|corrupt|too-large|large|limit|unavailable|refused|csrf/.test(name),
  );
}

@Controller()
class ShopController {
  constructor(private readonly sessions: SessionService) {}

  @Get('products/:id')
  @UseInterceptors(CacheInterceptor)
  find(@Param('id') id: string): object {
    return { id };
  }

  @Post('login')
  async login(@Req() request: Request): Promise<string> {
    await this.sessions.login(request, 'user-zaphod');
    return request.sessionID;
  }
}

let redis: RedisServer;
const apps: INestApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.startStandalone();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});
afterAll(() => redis.stop());

async function start(
  options: RedisMetricsOptions | undefined,
  cache: object = {},
): Promise<{ app: INestApplication; url: string }> {
  const app = await startApp(
    {
      connection: redis.url,
      // Of its own name, since gauges of other applications in the process are told too.
      connections: { metered: redis.url },
      cache: { connection: 'metered', deadline: '5s', ...cache },
      session: { secret: SECRET, deadline: '10s' },
    },
    {
      imports: options ? [RedisMetricsModule.forRoot(options)] : [],
      controllers: [ShopController],
    },
  );
  apps.push(app);
  return { app, url: await urlOf(app) };
}

function value(snapshot: MetricsSnapshot, name: string, labels: object = {}): number | undefined {
  const metric = snapshot.find((one) => one.name === name);
  const series = metric?.series.find((one) =>
    Object.entries(labels).every(([label, text]) => one.labels[label] === text),
  );
  return series && ('value' in series ? series.value : series.count);
}

/** Memory counts once the process hears of invalidations. */
function fromMemory(app: INestApplication, key: string): Promise<void> {
  return eventually(async () => {
    await app.get(CacheService).get(key);
    const labels = { cache: 'default', result: 'l1' };
    expect(value(app.get(RedisMetrics).snapshot(), `${CACHE}.requests`, labels)).toBe(1);
  });
}

const METERED = { connection: 'metered' };
const CACHE = 'nestjs_redis_kit.cache';
const SESSION = 'nestjs_redis_kit.session';

describe('metrics', () => {
  it('listens to nothing where it is not installed', async () => {
    const before = heardNow();
    await start(undefined);
    expect(CHANNELS.length).toBeGreaterThan(30);
    expect(heardNow()).toEqual(before);
  });

  it('listens no more once the application is closed', async () => {
    const before = heardNow();
    const { app } = await start({});
    expect(channel('nestjs-redis-kit:cache:hit').hasSubscribers).toBe(true);
    await app.close();
    apps.splice(0);
    expect(heardNow()).toEqual(before);
  });

  it('counts hits by tier, misses, loads, joined loads, bytes and the size of memory', async () => {
    const { app } = await start({});
    const cache = app.get(CacheService);
    const metrics = app.get(RedisMetrics);
    const hold = latch();
    const load = async (): Promise<string> => (await hold.released, 'a value');
    const both = [cache.getOrSet('counted', load), cache.getOrSet('counted', load)];
    hold.release();
    await Promise.all(both);
    await fromMemory(app, 'counted');
    await cache.delete('counted');
    const all = await metrics.collect();
    const requests = (result: string): number | undefined =>
      value(all, `${CACHE}.requests`, { cache: 'default', result });
    expect([requests('miss'), requests('l1')]).toEqual([1, 1]);
    expect(value(all, `${CACHE}.collapsed_loads`, { cache: 'default' })).toBe(1);
    expect(value(all, `${CACHE}.load.duration`, { outcome: 'loaded' })).toBe(1);
    expect(value(all, `${CACHE}.entry.ttl`, { cache: 'default' })).toBe(1);
    expect(value(all, `${CACHE}.io`, { direction: 'write' })).toBeGreaterThan(10);
    expect(value(all, `${CACHE}.invalidations`, { kind: 'entries' })).toBe(1);
    expect(value(all, `${CACHE}.memory.entries`, { cache: 'default' })).toBe(0);
    expect(value(all, 'nestjs_redis_kit.connection.breaker.state', METERED)).toBe(0);
    const operation = 'db.client.operation.duration';
    expect(value(all, operation, { 'db.operation.name': 'load-or-lease-2' })).toBe(1);
    expect(value(all, operation, { 'db.operation.name': 'commit-entry-2' })).toBe(1);
  });

  it('counts reads from Redis and their bytes, and the entries in memory', async () => {
    const { app } = await start({}, { memory: { maxEntries: 1 } });
    const cache = app.get(CacheService);
    await cache.set('one', 'x'.repeat(1000));
    await fromMemory(app, 'one');
    await cache.set('two', 'y');
    await cache.get('one');
    const all = await app.get(RedisMetrics).collect();
    expect(value(all, `${CACHE}.requests`, { result: 'l2' })).toBeGreaterThan(0);
    expect(value(all, `${CACHE}.io`, { direction: 'read' })).toBeGreaterThan(1000);
    expect(value(all, `${CACHE}.memory.entries`, { cache: 'default' })).toBe(1);
    expect(value(all, `${CACHE}.memory.size`, { cache: 'default' })).toBeGreaterThan(1000);
    expect(value(all, `${CACHE}.memory.evictions`, { cache: 'default' })).toBe(2);
  });

  it('counts sessions that are saved, read, active and at risk', async () => {
    const { app, url } = await start({});
    const login = await fetch(`${url}/login`, { method: 'POST' });
    const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!;
    await fetch(`${url}/products/1`, { headers: { cookie } });
    await fetch(`${url}/products/1`, { headers: { cookie, 'user-agent': 'another' } });
    const all = await app.get(RedisMetrics).collect();
    expect(value(all, `${SESSION}.saves`, { kind: 'new' })).toBe(1);
    expect(value(all, `${SESSION}.loads`)).toBeGreaterThan(0);
    expect(value(all, `${SESSION}.events`, { event: 'created' })).toBe(1);
    expect(value(all, `${SESSION}.risks`, { sign: 'user-agent' })).toBe(1);
    expect(value(all, `${SESSION}.size`)).toBe(1);
    expect(value(all, `${SESSION}.active`)).toBe(1);
    const sessions = { 'nestjs_redis_kit.client.role': 'session' };
    expect(value(all, 'db.client.operation.duration', sessions)).toBeGreaterThan(0);
  });

  it('does not wait for a Redis that is frozen, and tells that the breaker is open', async () => {
    const { app } = await start({}, { deadline: '100ms' });
    const metrics = app.get(RedisMetrics);
    redis.freeze();
    try {
      const state = 'nestjs_redis_kit.connection.breaker.state';
      await eventually(async () => {
        await app.get(CacheService).get('frozen');
        expect(value(await metrics.collect(), state, METERED)).toBeGreaterThan(0);
      });
      const late = { 'error.type': 'late' };
      const operation = 'db.client.operation.duration';
      expect(value(metrics.snapshot(), operation, late)).toBeGreaterThan(0);
      const changes = 'nestjs_redis_kit.connection.breaker.changes';
      expect(value(metrics.snapshot(), changes, { state: 'open' })).toBeGreaterThan(0);
    } finally {
      redis.thaw();
    }
  });
});

@Injectable()
class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

describe('the endpoint for Prometheus', () => {
  it('tells counters, gauges and histograms, and no key, session or user', async () => {
    const { url } = await start({ prometheus: { path: 'metrics' } });
    const login = await fetch(`${url}/login`, { method: 'POST' });
    const id = await login.text();
    await eventually(async () => {
      const hit = await fetch(`${url}/products/secret-key-42`);
      expect(hit.headers.get('x-cache')).toBe('HIT');
    });
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(text).toContain('# TYPE nestjs_redis_kit_cache_requests_total counter');
    expect(text).toMatch(/^nestjs_redis_kit_cache_requests_total\{cache="http",result="l1"\} 1$/m);
    expect(text).toMatch(/^nestjs_redis_kit_cache_memory_entries\{cache="http"\} \d$/m);
    expect(text).toMatch(
      /^db_client_operation_duration_seconds_bucket\{.*db_operation_name="load-or-lease-2".*le="\+Inf"\} 1$/m,
    );
    expect(text).toMatch(/^nestjs_redis_kit_session_size_bytes_count 1$/m);
    expect(text).not.toContain('secret-key-42');
    expect(text).not.toContain('zaphod');
    expect(text).not.toContain(id);
  });

  it('stands behind its guards', async () => {
    const { url } = await start({ prometheus: { path: 'metrics', guards: [NobodyGuard] } });
    expect((await fetch(`${url}/metrics`)).status).toBe(403);
  });

  it('shows its metrics in a registry of the application, until that is closed', async () => {
    const registry = new Registry();
    const { app } = await start({ prometheus: { registry } });
    await app.get(CacheService).get('nothing');
    expect(await registry.metrics()).toMatch(/requests_total\{cache="default",result="miss"\} 1/);
    await app.close();
    apps.splice(0);
    expect((await registry.metrics()).trim()).toBe('');
  });

  it('has the names of OpenMetrics in a registry of that kind', async () => {
    const registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const { app } = await start({ prometheus: { registry } });
    await app.get(CacheService).get('nothing');
    const text = await registry.metrics();
    expect(text).toContain('# TYPE nestjs_redis_kit_cache_requests counter');
    expect(text).toContain(
      'nestjs_redis_kit_cache_requests_total{cache="default",result="miss"} 1',
    );
  });
});
