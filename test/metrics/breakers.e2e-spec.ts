import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { RedisMetrics, SessionService } from 'nestjs-redis-kit';
import { RedisHealth, RedisHealthModule } from 'nestjs-redis-kit/health';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { SECRET, startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let cacheRedis: RedisServer;
let sessionRedis: RedisServer;
let app: INestApplication;

beforeEach(async () => {
  [cacheRedis, sessionRedis] = await Promise.all([
    RedisServer.startStandalone(),
    RedisServer.startStandalone(),
  ]);
  app = await startApp(
    {
      connection: cacheRedis.url,
      connections: { entries: cacheRedis.url, sessions: sessionRedis.url },
      cache: { connection: 'entries' },
      session: { secret: SECRET, connection: 'sessions', deadline: '300ms' },
    },
    { imports: [RedisMetricsModule.forRoot(), RedisHealthModule] },
  );
});
afterEach(async () => {
  sessionRedis.thaw();
  await app.close();
  await Promise.all([cacheRedis.stop(), sessionRedis.stop()]);
});

const NAME = 'nestjs_redis_kit.connection.breaker';

/** Of the connections named here: gauges of other applications in the process are told too. */
async function states(): Promise<Record<string, number>> {
  const all = await app.get(RedisMetrics).collect();
  const { series } = all.find(({ name }) => name === `${NAME}.state`)!;
  return Object.fromEntries(
    series
      .filter(({ labels }) => ['entries', 'sessions'].includes(String(labels['connection'])))
      .map((one) => [
        `${one.labels['connection']} ${one.labels['use']}`,
        'value' in one ? one.value : NaN,
      ]),
  );
}

async function sessionHealth(): Promise<object> {
  const { status, uses } = await app.get(RedisHealth).check(300);
  return { status, breaker: uses.find(({ use }) => use === 'session')!.breaker };
}

it('the breaker of sessions is in metrics and health, apart from that of the cache', async () => {
  const sessions = app.get(SessionService);
  await eventually(() => sessions.find('nobody'));
  await eventually(async () => {
    expect(await states()).toEqual({ 'entries cache': 0, 'sessions session': 0 });
    expect(await sessionHealth()).toEqual({ status: 'up', breaker: 'closed' });
  });
  sessionRedis.freeze();
  await eventually(async () => {
    await sessions.find('nobody').catch(() => undefined);
    expect(await states()).toEqual({ 'entries cache': 0, 'sessions session': 2 });
  });
  expect(await sessionHealth()).toEqual({ status: 'down', breaker: 'open' });
  sessionRedis.thaw();
  await eventually(async () => {
    expect(await states()).toEqual({ 'entries cache': 0, 'sessions session': 0 });
    expect(await sessionHealth()).toEqual({ status: 'up', breaker: 'closed' });
  });
  const changes = app
    .get(RedisMetrics)
    .snapshot()
    .find(({ name }) => name === `${NAME}.changes`)!;
  const opened = changes.series.find(({ labels }) => labels['state'] === 'open')!;
  expect(opened.labels).toEqual({ connection: 'sessions', use: 'session', state: 'open' });
});
