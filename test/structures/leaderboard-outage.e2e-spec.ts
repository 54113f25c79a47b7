import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  getLeaderboardToken,
  RedisModule,
  type ConnectionOptions,
  type Duration,
  type Leaderboard,
} from 'nestjs-redis-kit';
import { RedisProxy } from '../cache/redis-proxy.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { startCluster } from 'nestjs-redis-kit/testing';
import { RedisServer } from '../support/redis-server.js';

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function startRedis(): Promise<RedisServer> {
  const redis = await RedisServer.start();
  cleanUps.push(() => redis.stop());
  return redis;
}

/** A Redis behind proxies. */
interface Target {
  readonly connection: ConnectionOptions;
  freeze(): void;
  thaw(): void;
  /** Closes the connections of the application. */
  cut(): void;
}

async function startSingle(): Promise<Target> {
  const redis = await startRedis();
  const proxy = await RedisProxy.start(redis.port);
  cleanUps.push(() => proxy.stop());
  return {
    connection: proxy.url,
    freeze: () => redis.freeze(),
    thaw: () => redis.thaw(),
    cut: () => proxy.cut('commands'),
  };
}

async function startWholeCluster(): Promise<Target> {
  const cluster = await startCluster({ replicas: 0 });
  cleanUps.push(() => cluster.stop());
  const { nodes } = cluster;
  const proxies = await Promise.all(nodes.map(({ port }) => RedisProxy.start(port)));
  cleanUps.push(() => Promise.all(proxies.map((proxy) => proxy.stop())));
  const endpoints = proxies.map(({ port }) => ({ host: '127.0.0.1', port }));
  const natMap = Object.fromEntries(
    nodes.map(({ host, port }, at) => [`${host}:${port}`, endpoints[at]!]),
  );
  return {
    connection: { kind: 'cluster', nodes: endpoints, options: { natMap } },
    freeze: () => cluster.nodes.forEach((node) => node.freeze()),
    thaw: () => cluster.nodes.forEach((node) => node.thaw()),
    cut: () => proxies.forEach((proxy) => proxy.cut('commands')),
  };
}

async function startBoard(
  connection: ConnectionOptions,
  deadline: Duration = '10s',
): Promise<Leaderboard> {
  const imports = [RedisModule.forFeature({ leaderboards: { points: { ties: 'first-reached' } } })];
  const app: INestApplication = await startApp(
    { connection, structures: { deadline } },
    { imports },
  );
  cleanUps.push(() => app.close());
  return app.get<Leaderboard>(getLeaderboardToken('points'));
}

function forkCounter(url: string, times: number): ChildProcess {
  const fixture = join(import.meta.dirname, '../fixtures/leaderboard-counter.mjs');
  return fork(fixture, [url, String(times)], { execArgv: [] });
}

describe('a leaderboard', () => {
  it('counts every increment of two processes', async () => {
    const redis = await startRedis();
    const board = await startBoard(redis.url);
    const children = [forkCounter(redis.url, 1000), forkCounter(redis.url, 1000)];
    const codes = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(codes.map(([code]) => code as number)).toEqual([0, 0]);
    expect(await board.score('both')).toBe(2000);
    // Each member once, whoever reached it: no element was left behind by a race.
    expect(await board.count()).toBe(11);
    expect(await redis.use((client) => client.hlen('app:leaderboard:{points}:reached'))).toBe(12);
  });

  it.each([
    ['one server', startSingle],
    ['a Cluster', startWholeCluster],
  ])(
    'sends an increment once when its reply is lost, and an operation can be repeated: %s',
    async (_where, startTarget) => {
      const target = await startTarget();
      const board = await startBoard(target.connection, '2s');
      await eventually(() => board.add('a', 1));
      target.freeze();
      const unanswered = [
        board.increment('a', 10),
        board.increment('a', 100, { operation: 'o:1' }),
      ];
      const outcomes = await Promise.allSettled(unanswered);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      target.cut();
      target.thaw();
      // Both were in the sockets of Redis, which did them. Connected again, nothing came a second time.
      await eventually(async () => {
        expect(await board.increment('a', 100, { operation: 'o:1' })).toBe(111);
      });
      expect(await board.increment('a', 1000, { operation: 'o:2' })).toBe(1111);
    },
    60_000,
  );

  it('answers within its deadline while Redis is frozen, and again when it is back', async () => {
    const redis = await startRedis();
    const board = await startBoard(redis.url, '500ms');
    await board.add('a', 1);
    redis.freeze();
    for (let call = 0; call < 5; call += 1) await expect(board.rank('a')).rejects.toThrow();
    await expect(board.rank('a')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    redis.thaw();
    await eventually(async () => expect(await board.rank('a')).toBe(1));
  });

  it('goes on after Redis was killed', async () => {
    const redis = await startRedis();
    const board = await startBoard(redis.url);
    await board.add('a', 1);
    await redis.kill();
    await expect(board.increment('a')).rejects.toThrow();
    await redis.restart();
    // Empty now, and without the scripts.
    await eventually(async () => expect(await board.increment('b')).toBeGreaterThan(0));
    expect(await board.rank('a')).toBeUndefined();
  });

  it('works on a Cluster, all keys of a board in one slot', async () => {
    const cluster = await startCluster({ replicas: 0 });
    cleanUps.push(() => cluster.stop());
    const board = await startBoard(cluster.connection);
    await eventually(async () => expect(await board.add('a', 1)).toBeDefined());
    await board.add('b', 5);
    expect(await board.increment('a', 9, { operation: 'o:1' })).toBe(10);
    expect(await board.increment('a', 9, { operation: 'o:1' })).toBe(10);
    expect((await board.around('b', 1)).map(({ member }) => member)).toEqual(['a', 'b']);
    expect(await board.page(1, 1)).toMatchObject({ total: 2, pages: 2 });
    expect(await board.archive('one')).toBe(2);
    expect(await board.archived('one').rank('b')).toBe(2);
    await board.add('c', 1);
    expect(await board.remove('c')).toBe(1);
    await board.add('c', 1);
    expect(await board.reset()).toBe(true);
  }, 60_000);
});
