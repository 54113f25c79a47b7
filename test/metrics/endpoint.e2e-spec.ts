import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { VersioningType, type CallHandler, type INestApplication } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { map } from 'rxjs';
import { startApp, urlOf } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
const apps: INestApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.startStandalone();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});
afterAll(() => redis.stop());

const wrap = (data: unknown): object => ({ data });

describe('the endpoint for Prometheus', () => {
  it('has one address and one form, whatever versions and envelopes the application has', async () => {
    const envelope = {
      intercept: (_: unknown, next: CallHandler) => next.handle().pipe(map(wrap)),
    };
    const app = await startApp(
      { connection: redis.url, cache: { deadline: '5s' } },
      {
        imports: [RedisMetricsModule.forRoot({ prometheus: { path: 'metrics' } })],
        providers: [{ provide: APP_INTERCEPTOR, useValue: envelope }],
      },
      (made) => void made.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    );
    apps.push(app);
    const response = await fetch(`${await urlOf(app)}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(/^# HELP db_client_operation_duration_seconds /);
  });

  it('tells each gauge once where two applications are in one process', async () => {
    const imports = [RedisMetricsModule.forRoot({ prometheus: { path: 'metrics' } })];
    const app = await startApp({ connection: redis.url }, { imports });
    apps.push(app, await startApp({ connection: redis.url }));
    const url = await urlOf(app);
    const text = await (await fetch(`${url}/metrics`)).text();
    const names = text
      .split('\n')
      .filter((line) => /^[a-z]/.test(line))
      .map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(names).toContain('nestjs_redis_kit_cache_memory_entries{cache="default"}');
  });
});
