import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode, type NodeSettings } from './cache-node.js';

let redis: RedisServer;
let nodes: CacheNode[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  nodes = [];
  await redis.use((client) => client.flushall());
});
afterAll(() => redis.stop());

async function startNodes(
  count: number,
  settings: Partial<NodeSettings> = {},
): Promise<CacheNode[]> {
  nodes = await Promise.all(
    Array.from({ length: count }, () => CacheNode.start({ url: redis.url, ...settings })),
  );
  return nodes;
}

function leases(): Promise<string[]> {
  return redis.use((client) => client.keys('cache:lease:*'));
}

describe('one load', () => {
  it('serves 1,000 concurrent callers on two processes by one run of the loader', async () => {
    const [a, b] = (await startNodes(2)) as [CacheNode, CacheNode];
    const load = { value: 'loaded', delayMs: 100 };
    const results = await Promise.all([
      a.call('together', 500, 'cold', load),
      b.call('together', 500, 'cold', load),
    ]);
    expect(results).toEqual([['loaded'], ['loaded']]);
    expect((await a.loads()) + (await b.loads())).toBe(1);
  });

  it('shares the error of the loader and lets the next caller load', async () => {
    const [a, b] = (await startNodes(2)) as [CacheNode, CacheNode];
    const failing = { error: 'no database', delayMs: 20 };
    expect(await a.call('together', 50, 'cold', failing)).toEqual(['error: no database']);
    expect(await a.loads()).toBe(1);
    expect(await leases()).toEqual([]);
    expect(await b.getOrSet('cold', { value: 'loaded' })).toBe('loaded');
  });

  it('lets a waiting process load at once when the loader of the other fails', async () => {
    const [a, b] = (await startNodes(2, { leaseMs: 60_000 })) as [CacheNode, CacheNode];
    const failing = a.getOrSet('cold', { error: 'no database', delayMs: 100 });
    failing.catch(() => undefined);
    await eventually(async () => expect(await leases()).toHaveLength(1));
    expect(await b.getOrSet('cold', { value: 'by b' })).toBe('by b');
    await expect(failing).rejects.toThrow('no database');
  });

  it('extends the lease of a loader that is slower than the lease', async () => {
    const [a, b] = (await startNodes(2, { leaseMs: 500 })) as [CacheNode, CacheNode];
    const load = { value: 'slow', delayMs: 1500 };
    const results = await Promise.all([a.getOrSet('cold', load), b.getOrSet('cold', load)]);
    expect(results).toEqual(['slow', 'slow']);
    expect((await a.loads()) + (await b.loads())).toBe(1);
  });

  it('passes the lease of a killed process on within the time of the lease', async () => {
    const [a, b] = (await startNodes(2, { leaseMs: 500 })) as [CacheNode, CacheNode];
    await a.startHeldLoad('cold', 'never');
    const waiting = b.timed('GetOrSet', 'cold', { value: 'by b' });
    await a.kill();
    const { value, ms } = await waiting;
    expect(value).toBe('by b');
    // Far below `loadWait`, which is 10 s.
    expect(ms).toBeLessThan(5000);
  });

  it('waits for a loader that hangs no longer than `loadWait`, in its process and in the other', async () => {
    const [a, b] = (await startNodes(2, { options: { loadWait: '200ms' } })) as [
      CacheNode,
      CacheNode,
    ];
    await a.startHeldLoad('cold', 'never');
    const late = await Promise.all([
      a.call('together', 100, 'cold', { value: 'by a', delayMs: 20 }),
      b.call('together', 100, 'cold', { value: 'by b', delayMs: 20 }),
    ]);
    expect(late).toEqual([['by a'], ['by b']]);
    // In a the hanging one, and one for all who gave up on it. In b the one that waited for a, and one
    // for all who waited for that.
    expect([await a.loads(), await b.loads()]).toEqual([2, 2]);
  });

  it('gives the value of a loader that returns undefined to its callers and stores nothing', async () => {
    const [a] = (await startNodes(1)) as [CacheNode];
    expect(await a.getOrSet('cold', {})).toBeUndefined();
    expect(await redis.use((client) => client.keys('cache:entry:*'))).toEqual([]);
    expect(await leases()).toEqual([]);
  });
});
