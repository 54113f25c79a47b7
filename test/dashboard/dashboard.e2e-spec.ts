import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger, Module, type CanActivate } from '@nestjs/common';
import { ConfigurationError, RedisModule } from 'nestjs-redis-kit';
import { RedisDashboardModule } from 'nestjs-redis-kit/dashboard';
import { startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { fillApp, startDashboardApp } from './dashboard-app.js';
import { ADMIN, DashboardClient, OWN } from './dashboard-client.js';

let redis: RedisServer;
let app: NestExpressApplication;
let dashboard: DashboardClient;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await RedisServer.start();
  app = await startDashboardApp(redis);
  dashboard = new DashboardClient(await urlOf(app));
  await fillApp(app);
}, 60_000);

afterAll(async () => {
  await app?.close();
  await redis?.stop();
});

describe('who comes in', () => {
  const paths = ['/', '', '/caches', '/assets/app.js', '/api/overview', '/api/sessions'];

  it.each(paths)('is nobody without leave, at %j', async (path) => {
    const response = await dashboard.get(path, {});
    expect(response.status).toBe(403);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).not.toContain('<script');
  });

  it('does nothing without leave', async () => {
    const { cookie: _, ...stranger } = OWN;
    expect((await dashboard.post('clear', { cache: 'products' }, stranger)).status).toBe(403);
  });

  it('is refused at start without a guard', () => {
    expect(() => RedisDashboardModule.forRoot({})).toThrow(ConfigurationError);
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      expect(() => RedisDashboardModule.forRoot({ public: true })).toThrow(/in production/);
    } finally {
      process.env['NODE_ENV'] = before;
    }
  });

  it('is everybody where that is said, on any path, below a global prefix, without sessions', async () => {
    const mounted = RedisDashboardModule.forRoot({ path: 'admin/redis', public: true });
    const prefixed = await startApp(
      { connection: redis.url, cache: { deadline: '10s' } },
      { imports: [mounted] },
      (made) => void made.setGlobalPrefix('v1'),
    );
    try {
      const page = await fetch(`${await urlOf(prefixed)}/v1/admin/redis`);
      expect(page.url).toMatch(/\/v1\/admin\/redis\/$/);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const sessions = await fetch(`${page.url}api/sessions`);
      expect(sessions.status).toBe(200);
      const asked = await fetch(`${page.url}api/user-sessions`, {
        method: 'POST',
        headers: OWN,
        body: '{"userId":"u"}',
      });
      expect(asked.status).toBe(404);
      expect(await asked.json()).toMatchObject({ message: expect.stringContaining('session') });
    } finally {
      await prefixed.close();
    }
  });

  it('is who a guard with dependencies lets in', async () => {
    class Keys {
      readonly right = 'open sesame';
    }
    class KeyGuard implements CanActivate {
      constructor(private readonly keys: Keys) {}
      canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
        return context.switchToHttp().getRequest().headers.key === this.keys.right;
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Keys], KeyGuard);
    @Module({ providers: [Keys], exports: [Keys] })
    class KeysModule {}
    const mounted = RedisDashboardModule.forRoot({ guard: KeyGuard, imports: [KeysModule] });
    const guarded = await startApp({ connection: redis.url }, { imports: [mounted] });
    try {
      const page = `${await urlOf(guarded)}/redis/`;
      expect((await fetch(page)).status).toBe(403);
      expect((await fetch(page, { headers: { key: 'open sesame' } })).status).toBe(200);
    } finally {
      await guarded.close();
    }
  });
});

describe('the pages', () => {
  it('are found, and nothing else is', async () => {
    for (const page of ['/', '/caches', '/sessions', '/slow-log', '/write-behind', '/connections'])
      expect((await dashboard.get(page)).status).toBe(200);
    for (const none of ['/nothing', '/assets/nothing.js', '/assets/..%2f..%2fpackage.json'])
      expect((await dashboard.get(none)).status).toBe(404);
    expect((await dashboard.get('')).headers.get('location')).toBe('redis/');
    expect((await dashboard.get('/caches/')).headers.get('location')).toBe('../caches');
  });

  it('are safe to show', async () => {
    const { headers } = await dashboard.get('/');
    const policy = headers.get('content-security-policy')!;
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect((await dashboard.get('/api/caches')).headers.get('cache-control')).toBe('no-store');
  });

  it('are sent once while they are the same', async () => {
    const first = await dashboard.get('/assets/uPlot.iife.min.js');
    expect(first.headers.get('content-type')).toContain('javascript');
    const tag = first.headers.get('etag')!;
    expect(
      (
        await dashboard.get('/assets/uPlot.iife.min.js', {
          ...ADMIN,
          'if-none-match': tag,
          'cache-control': 'max-age=0',
        })
      ).status,
    ).toBe(304);
  });
});

describe('the load of looking', () => {
  it('is that of one viewer, however many look', async () => {
    const scans = (): Promise<number> =>
      redis.use(async (client) => {
        const stats = await client.info('commandstats');
        return Number(/cmdstat_scan:calls=(\d+)/.exec(stats)?.[1] ?? 0);
      });
    // One that is on its way is over after this.
    await dashboard.get('/api/keys');
    const before = await scans();
    await Promise.all(Array.from({ length: 30 }, () => dashboard.get('/api/keys')));
    const once = (await scans()) - before;
    // 12,000 keys and more by 500; a slow machine may have to look twice.
    expect(once).toBeLessThan(3 * 30);
  });

  it('sends only what is new', async () => {
    type Points = { process: { id: string }; points: { at?: number[] } };
    const all = await eventually(async () => {
      const found = await dashboard.read<Points>('overview');
      expect(found.points.at?.length).toBeGreaterThan(1);
      return found;
    });
    const last = all.points.at!.at(-1)!;
    const own = await dashboard.read<Points>(`overview?since=${last}&of=${all.process.id}`);
    expect((own.points.at ?? []).every((at) => at > last)).toBe(true);
    // Points of another process are of no use to this one's plots, whatever its number.
    const others = await dashboard.read<Points>(`overview?since=${last}&of=another`);
    expect(others.points.at!.slice(0, 2)).toEqual(all.points.at!.slice(0, 2));
  });

  it('ends with the application', async () => {
    const own = await RedisServer.start();
    try {
      const imports = [
        RedisDashboardModule.forRoot({ public: true, sampleEvery: '100ms' }),
        RedisModule.forFeature({ caches: {} }),
      ];
      const short = await startApp({ connection: own.url }, { imports });
      await short.close();
      await own.use(async (client) => {
        const list = String(await client.call('CLIENT', 'LIST'));
        expect(list.trim().split('\n')).toHaveLength(1);
      });
    } finally {
      await own.stop();
    }
  });
});

it('says that Redis is down, and goes on', async () => {
  const frail = await RedisServer.start();
  const alone = await startDashboardApp(frail);
  try {
    await frail.stop();
    const page = `${await urlOf(alone)}/redis`;
    const overview = await fetch(`${page}/api/overview`, { headers: ADMIN });
    expect(overview.status).toBe(200);
    const caches = await fetch(`${page}/api/caches`, { headers: ADMIN });
    expect(((await caches.json()) as { missing: string[] }).missing.length).toBeGreaterThan(0);
    const writers = await fetch(`${page}/api/write-behind`, { headers: ADMIN });
    expect(writers.status).toBe(503);
    expect(await writers.json()).toMatchObject({ message: expect.stringContaining('Redis') });
  } finally {
    await alone.close();
    await frail.stop();
  }
});
