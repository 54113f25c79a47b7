import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  TerminusModule,
  type HealthCheckResult,
} from '@nestjs/terminus';
import type { RedisModuleOptions } from 'nestjs-redis-kit';
import { RedisHealth, RedisHealthIndicator, RedisHealthModule } from 'nestjs-redis-kit/health';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { startCluster } from 'nestjs-redis-kit/testing';
import { RedisServer } from '../support/redis-server.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly redis: RedisHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redis.isReady('redis')]);
  }

  @Get('essential')
  @HealthCheck()
  essential(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redis.isReady('redis', { isCacheEssential: true })]);
  }

  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redis.isAlive('redis')]);
  }
}

let cacheRedis: RedisServer;
let sessionRedis: RedisServer;
let app: INestApplication | undefined;

beforeEach(async () => {
  [cacheRedis, sessionRedis] = await Promise.all([
    RedisServer.startStandalone(),
    RedisServer.startStandalone(),
  ]);
});
afterEach(async () => {
  cacheRedis.thaw();
  sessionRedis.thaw();
  await app?.close();
  app = undefined;
  await Promise.all([cacheRedis.stop(), sessionRedis.stop()]);
});

async function start(options?: RedisModuleOptions): Promise<string> {
  app = await startApp(
    options ?? {
      connection: cacheRedis.url,
      connections: { sessions: sessionRedis.url },
      session: { secret: SECRET, connection: 'sessions' },
    },
    { imports: [TerminusModule, RedisHealthModule], controllers: [HealthController] },
  );
  return urlOf(app);
}

interface Answer {
  readonly code: number;
  readonly status: string;
  readonly details: { readonly redis: { readonly status: string; readonly state?: string } };
}

async function ask(url: string, path: string): Promise<Answer> {
  const response = await fetch(`${url}/health/${path}`);
  return { code: response.status, ...((await response.json()) as Omit<Answer, 'code'>) };
}

describe('health', () => {
  it('is up, with latency, breaker, replication and memory of each use', async () => {
    const url = await start();
    const answer = await eventually(async () => {
      const up = await ask(url, 'ready');
      expect(up).toMatchObject({ code: 200, status: 'ok' });
      return up;
    });
    const server = {
      latencyMs: expect.any(Number),
      role: 'master',
      replicas: 0,
      usedBytes: expect.any(Number),
      policy: 'noeviction',
    };
    expect(answer.details.redis).toMatchObject({
      status: 'up',
      uses: expect.arrayContaining([
        expect.objectContaining({
          use: 'cache',
          breaker: 'closed',
          servers: [expect.objectContaining(server)],
        }),
        expect.objectContaining({ use: 'session', servers: [expect.objectContaining(server)] }),
      ]),
    });
  });

  it('is degraded and ready where only the cache is gone, down where it is essential', async () => {
    const url = await start();
    await cacheRedis.kill();
    await eventually(async () => {
      const answer = await ask(url, 'ready');
      expect(answer).toMatchObject({ code: 200, status: 'degraded' });
      expect(answer.details.redis).toMatchObject({ status: 'degraded', state: 'degraded' });
      expect((await ask(url, 'essential')).code).toBe(503);
    });
    expect((await ask(url, 'live')).code).toBe(200);
  });

  it('is down and alive where sessions are gone, and up again afterwards', async () => {
    const url = await start();
    await sessionRedis.kill();
    await eventually(async () => {
      expect(await ask(url, 'ready')).toMatchObject({ code: 503, status: 'error' });
    });
    expect((await ask(url, 'live')).code).toBe(200);
    await sessionRedis.restart();
    await eventually(async () => expect((await ask(url, 'ready')).code).toBe(200));
  });

  it('answers where Redis is frozen, and asks it once for many who ask', async () => {
    const url = await start();
    await eventually(async () => expect((await ask(url, 'ready')).status).toBe('ok'));
    sessionRedis.freeze();
    const health = app!.get(RedisHealth);
    const checks = await Promise.all([health.check(300), health.check(300)]);
    expect(checks[0]).toBe(checks[1]);
    expect(checks[0].status).toBe('down');
    expect((await ask(url, 'ready')).code).toBe(503);
  });

  it('looks at every primary of a Cluster, and is degraded while one does not answer', async () => {
    const cluster = await startCluster({ replicas: 0 });
    try {
      const session = { secret: SECRET };
      await start({ connection: cluster.connection, session });
      const health = app!.get(RedisHealth);
      await eventually(async () => {
        const { status, uses } = await health.check(5000);
        expect(status).toBe('up');
        expect(uses.map(({ servers }) => servers.length)).toEqual([3, 3]);
      });
      cluster.nodes[0]!.freeze();
      const { status } = await health.check(500);
      expect(status).toBe('degraded');
    } finally {
      cluster.nodes[0]!.thaw();
      await app?.close();
      app = undefined;
      await cluster.stop();
    }
  });
});
