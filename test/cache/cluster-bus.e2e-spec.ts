import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Cache, getCacheToken, RedisModule, type ClusterConnection } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';
import { RedisProxy } from './redis-proxy.js';

let cluster: ClusterTopology;
/** One before each node of the Cluster; the second application goes through them. */
let proxies: RedisProxy[] = [];
let apps: INestApplication[] = [];

beforeAll(async () => {
  cluster = await startCluster({ replicas: 0 });
  const { nodes } = cluster;
  proxies = await Promise.all(nodes.map(({ port }) => RedisProxy.start(port)));
  const imports = [RedisModule.forFeature({ caches: { things: {} } })];
  apps = await Promise.all(
    [cluster.connection, throughProxies()].map((connection) =>
      startApp({ connection }, { imports }),
    ),
  );
}, 20_000);
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await cluster.stop();
});

/** The Cluster as an application behind an address translation sees it. */
function throughProxies(): ClusterConnection {
  const endpoints = proxies.map(({ port }) => ({ host: '127.0.0.1', port }));
  const natMap = Object.fromEntries(
    cluster.connection.nodes.map(({ host, port }, at) => [`${host}:${port}`, endpoints[at]!]),
  );
  return { kind: 'cluster', nodes: endpoints, options: { natMap } };
}

function caches(): [Cache<unknown>, Cache<unknown>] {
  return apps.map((app) => app.get<Cache<unknown>>(getCacheToken('things'))) as [
    Cache<unknown>,
    Cache<unknown>,
  ];
}

/** The second application loses its listening connection and gets none until the work is done; its commands go on. */
async function whileTheSecondIsDeaf(work: () => Promise<unknown>): Promise<void> {
  for (const proxy of proxies) {
    proxy.refuse();
    proxy.cut('subscriber');
  }
  await work();
  for (const proxy of proxies) proxy.accept();
}

/** Stores a value by one node and waits until the other has it in memory. */
async function inMemoryOf(
  reader: Cache<unknown>,
  writer: Cache<unknown>,
  key: string,
): Promise<void> {
  await eventually(async () => {
    await writer.set(key, 'old', { tags: ['t'] });
    await reader.get(key);
    expect(await reader.find(key)).toMatchObject({ tier: 'l1' });
  });
}

function answersFromMemory(cache: Cache<unknown>, key: string): Promise<void> {
  return eventually(async () => expect(await cache.find(key)).toMatchObject({ tier: 'l1' }));
}

describe('the invalidation bus on a Cluster', () => {
  it('tells other nodes of keys and of tags in any slot', async () => {
    const [one, two] = caches();
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      await inMemoryOf(two, one, key);
      await one.set(key, 'new');
      await eventually(async () => expect(await two.get(key)).toBe('new'));
    }
    await inMemoryOf(two, one, 'tagged');
    await one.invalidateTags(['t']);
    await eventually(async () => expect(await two.get('tagged')).toBeUndefined());
  });

  it('empties the memory of a node that lost its listening connection', async () => {
    const [one, two] = caches();
    // Stored by loads, so without a message, whose number would show the gap later.
    await one.getOrSet('missed', () => 'old');
    await answersFromMemory(two, 'missed');
    await whileTheSecondIsDeaf(() => one.delete('missed'));
    await one.getOrSet('quiet', () => 1);
    // Memory counts again, so it listens again.
    await answersFromMemory(two, 'quiet');
    expect(await two.get('missed')).toBeUndefined();
    await inMemoryOf(two, one, 'after');
    await one.set('after', 'new');
    await eventually(async () => expect(await two.get('after')).toBe('new'));
  });
});
