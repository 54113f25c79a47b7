import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Cache, getCacheToken, RedisModule } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisCluster } from '../support/redis-cluster.js';

let cluster: RedisCluster;
let apps: INestApplication[] = [];

beforeAll(async () => {
  cluster = await RedisCluster.start();
  const imports = [RedisModule.forFeature({ caches: { things: {} } })];
  apps = await Promise.all(
    [0, 1].map(() => startApp({ connection: cluster.connection }, { imports })),
  );
}, 20_000);
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await cluster.stop();
});

function caches(): [Cache<unknown>, Cache<unknown>] {
  return apps.map((app) => app.get<Cache<unknown>>(getCacheToken('things'))) as [
    Cache<unknown>,
    Cache<unknown>,
  ];
}

/** Every listener loses its connection, again and again, so that what is published meanwhile reaches nobody. */
async function whileNobodyListens(work: () => Promise<unknown>): Promise<void> {
  const state = { isOver: false };
  const killing = (async () => {
    while (!state.isOver) await cluster.killListeners();
  })();
  await cluster.killListeners();
  await work();
  state.isOver = true;
  await killing;
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
    await inMemoryOf(two, one, 'missed');
    await whileNobodyListens(() => one.delete('missed'));
    await eventually(async () => expect(await two.get('missed')).toBeUndefined());
    await inMemoryOf(two, one, 'after');
    await one.set('after', 'new');
    await eventually(async () => expect(await two.get('after')).toBe('new'));
  });
});
