import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SessionService, WriteBehindService } from 'nestjs-redis-kit';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';
import { urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { cacheOf, startDashboardApp, Stock } from './dashboard-app.js';
import { DashboardClient } from './dashboard-client.js';

const READS = ['overview', 'caches', 'keys', 'sessions', 'slow-log', 'connections', 'warnings'];
/** Far above what an answer takes (2 s a budget, two of them one after the other), far below a page that hangs. */
const BOUND_MS = 20_000;
const QUICK = { cache: '1500ms', session: '1500ms' } as const;

interface Inspected {
  readonly missing: readonly string[];
}

let app: NestExpressApplication;
let dashboard: DashboardClient;
const stops: (() => Promise<void>)[] = [];

beforeEach(() => Logger.overrideLogger(false));
afterEach(async () => {
  await app.close();
  for (const stop of stops.splice(0)) await stop();
});

async function start(connection: Parameters<typeof startDashboardApp>[0]): Promise<void> {
  app = await startDashboardApp(connection, [], QUICK);
  dashboard = new DashboardClient(await urlOf(app));
  await cacheOf(app, 'products').set('kept', { name: 'Teapot' }, { tags: ['tea'] });
  const stock = cacheOf(app, 'stock');
  await stock.set('bad-lamp', -1);
  await app.get(SessionService).create({ userId: 'user-ada' });
  await eventually(async () => expect((await deadLetters(app)).length).toBe(1));
}

function deadLetters(of: INestApplication): Promise<readonly { readonly id: string }[]> {
  return of.get(WriteBehindService).deadLetters('stock');
}

/** What a page gets, in time. */
async function inTime(asked: Promise<Response>): Promise<{ status: number; body: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The page hangs.')), BOUND_MS);
  });
  try {
    const response = await Promise.race([asked, late]);
    return { status: response.status, body: await response.json().catch(() => undefined) };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads and actions as they are once Redis answers again. */
async function expectWhole(): Promise<void> {
  await eventually(async () => {
    for (const name of READS.filter((read) => read !== 'connections')) {
      const { missing } = await dashboard.read<Inspected>(name);
      expect({ name, missing }).toEqual({ name, missing: [] });
    }
    const connections = await dashboard.read<Inspected[]>('connections');
    expect(connections.flatMap(({ missing }) => missing)).toEqual([]);
  }, 40_000);
}

describe('the dashboard with Redis frozen under it', () => {
  it('answers every page in time and says what is wrong, tells what fails, loses nothing, and recovers', async () => {
    const redis = await RedisServer.startStandalone();
    stops.push(() => redis.stop());
    await start(redis);
    const [letter] = await deadLetters(app);
    redis.freeze();
    const answers = READS.map(async (name) => ({
      name,
      ...(await inTime(dashboard.get(`/api/${name}`))),
    }));
    for (const { name, status, body } of await Promise.all(answers)) {
      expect({ name, status }).toEqual({ name, status: 200 });
      if (name === 'overview') continue;
      const missing = [body].flat().flatMap((one) => (one as Inspected).missing);
      expect({ name, missing: missing.length > 0 }).toEqual({ name, missing: true });
    }
    await eventually(async () => {
      const { missing } = await dashboard.read<Inspected>('overview');
      expect(missing.join()).toMatch(/INFO of|connection `default`/);
    });
    expect((await inTime(dashboard.get('/api/write-behind'))).status).toBe(503);
    expect((await inTime(dashboard.get('/'))).status).toBe(200);

    // Nobody knows: not the same as "there is none".
    const unknown = await inTime(dashboard.post('entry', { cache: 'products', key: 'other' }));
    expect(unknown).toMatchObject({ status: 503, body: { message: expect.any(String) } });
    for (const [action, body] of [
      ['user-sessions', { userId: 'user-ada' }],
      ['revoke-all', { userId: 'user-ada' }],
      ['retry', { cache: 'stock', id: letter!.id }],
      ['discard', { cache: 'stock', id: letter!.id }],
    ] as const)
      expect({ action, status: (await inTime(dashboard.post(action, body))).status }).toEqual({
        action,
        status: 503,
      });

    // What is invalidated is gone here at once, and for all once Redis has been told.
    const purged = await inTime(dashboard.post('purge-tag', { tag: 'tea' }));
    expect(purged).toMatchObject({
      status: 202,
      body: { later: expect.stringContaining('Redis does not answer') },
    });
    const removed = await inTime(dashboard.post('remove-key', { cache: 'products', key: 'kept' }));
    expect(removed).toMatchObject({ status: 202, body: { removed: false } });

    redis.thaw();
    await expectWhole();
    // A command that was sent before the deadline may still have been carried out; the letter is in one place.
    await eventually(async () => {
      const { entry } = await dashboard.answerOf('entry', { cache: 'products', key: 'kept' });
      expect(entry).toBeNull();
      expect((await inTime(dashboard.get('/api/write-behind'))).status).toBe(200);
    });
    await cacheOf(app, 'products').set('again', 1, { tags: ['tea'] });
    expect((await dashboard.post('purge-tag', { tag: 'tea' })).status).toBe(204);
  }, 120_000);
});

describe('the dashboard on a Cluster', () => {
  let cluster: ClusterTopology;

  it('shows every primary, acts on keys of any slot, and says which one is frozen', async () => {
    cluster = await startCluster({ replicas: 0 });
    stops.push(() => cluster.stop());
    await start({ url: cluster.connection });
    const products = cacheOf(app, 'products');
    const keys = Array.from({ length: 60 }, (_, at) => `p${at}`);
    await products.setMany(keys.map((key) => [key, key]));
    app.get(Stock).refuses = false;
    await expectWhole();
    type Caches = { value: { name: string; redis: { entries: number; isExact: boolean } }[] };
    await eventually(async () => {
      const { value } = await dashboard.read<Caches>('caches');
      expect(value.find(({ name }) => name === 'products')!.redis).toMatchObject({
        entries: 61,
        isExact: true,
      });
    });
    const [{ servers }] = (await dashboard.read<{ servers: object[] }[]>('connections')) as [
      { servers: object[] },
    ];
    expect(servers).toHaveLength(3);
    for (const key of keys.slice(0, 12))
      expect(await dashboard.answerOf('remove-key', { cache: 'products', key })).toEqual({
        removed: true,
      });
    expect((await dashboard.post('purge-tag', { tag: 'tea' })).status).toBe(204);
    expect(await products.get('kept')).toBeUndefined();
    expect(await dashboard.answerOf('revoke-all', { userId: 'user-ada' })).toEqual({ revoked: 1 });
    const [letter] = await deadLetters(app);
    expect(await dashboard.answerOf('retry', { cache: 'stock', id: letter!.id })).toEqual({
      outcome: 'retried',
    });
    await eventually(() => expect(app.get(Stock).rows.get('bad-lamp')).toBe(-1));

    const frozen = cluster.nodes[0]!;
    frozen.freeze();
    try {
      const answers = READS.map((name) => inTime(dashboard.get(`/api/${name}`)));
      for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
      await eventually(async () => {
        type Overview = Inspected & { points: { used: (number | null)[] } };
        const { missing, points } = await dashboard.read<Overview>('overview');
        expect(missing.join()).toContain(String(frozen.port));
        // Two thirds of the memory are not shown as the whole.
        expect(points.used.at(-1)).toBeNull();
      });
    } finally {
      frozen.thaw();
    }
    await expectWhole();
  }, 180_000);
});
