import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { CacheService } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';

let cluster: ClusterTopology;
let apps: INestApplication[] = [];

beforeAll(async () => {
  cluster = await startCluster({ replicas: 0 });
  apps = await Promise.all(
    [0, 1].map(() =>
      startApp({ connection: cluster.connection, cache: { memory: false, deadline: '5s' } }),
    ),
  );
}, 20_000);
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await cluster.stop();
});

it('operations on many keys reach every slot of a Cluster', async () => {
  const [one, two] = apps.map((app) => app.get(CacheService)) as [CacheService, CacheService];
  const keys = Array.from({ length: 700 }, (_, index) => `key {${index}}`);
  const stored = new Map(keys.map((key) => [key, `value of ${key}`]));
  await eventually(async () => {
    await one.setMany(stored, { tags: ['x', 'y'] });
    expect((await two.getMany(keys)).size).toBe(700);
  });
  expect(await two.getMany(keys)).toEqual(stored);
  expect(await two.touch(keys[0]!, '1h')).toBe(true);
  expect(await one.ttl(keys[0]!)).toBeGreaterThan(59 * 60_000);
  expect(await one.deleteMany(keys.slice(0, 600))).toBe(600);
  const batches: (readonly string[])[] = [];
  const loaded = await two.getOrSetMany(keys, (missing) => {
    batches.push(missing);
    return new Map(missing.map((key) => [key, 'loaded']));
  });
  expect([...loaded.values()].filter((value) => value === 'loaded')).toHaveLength(600);
  expect(batches.flat()).toEqual(keys.slice(0, 600));
  await one.invalidateTags(['x']);
  expect((await one.getMany(keys)).size).toBe(600);
  const part = one.namespace('a').namespace('b');
  await part.setMany(stored);
  await one.namespace('a').clear();
  expect((await part.getMany(keys)).size).toBe(0);
  expect((await one.getMany(keys)).size).toBe(600);
});
