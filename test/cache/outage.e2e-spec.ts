import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';

const DEADLINE_MS = 250;
/** What a busy machine may add to a deadline. */
const SLACK_MS = 500;
const HASTY = { deadline: DEADLINE_MS };

let redis: RedisServer;
let a: CacheNode;
let b: CacheNode;

beforeEach(async () => {
  redis = await RedisServer.start();
  [a, b] = await Promise.all([
    CacheNode.start({ url: redis.url, options: HASTY }),
    CacheNode.start({ url: redis.url, options: HASTY }),
  ]);
});
afterEach(async () => {
  await Promise.all([a.kill(), b.kill()]);
  await redis.stop();
});

/** Redis is there again: the node shares values with the other once more. */
async function isShared(node: CacheNode, key: string): Promise<void> {
  await node.set(key, 'shared');
  expect(await redis.use((client) => client.exists(`cache:entry:default:{${key}}`))).toBe(1);
}

const outages: [string, { begin: () => unknown; end: () => unknown }][] = [
  ['killed', { begin: () => redis.kill(), end: () => redis.restart() }],
  ['frozen', { begin: () => redis.freeze(), end: () => redis.thaw() }],
  [
    'out of memory',
    {
      begin: () =>
        redis.use(async (client) => {
          await client.config('SET', 'maxmemory-policy', 'noeviction');
          await client.config('SET', 'maxmemory', '1');
        }),
      end: () => redis.use((client) => client.config('SET', 'maxmemory', '0')),
    },
  ],
  [
    'a read-only replica',
    {
      begin: () => redis.use((client) => client.replicaof('127.0.0.1', 1)),
      end: () => redis.use((client) => client.replicaof('NO', 'ONE')),
    },
  ],
];

describe.each(outages)('Redis %s', (_, { begin, end }) => {
  it('every call ends within the deadline, with the value of the memory or of the loader', async () => {
    await a.set('known', 'kept');
    await begin();
    for (let round = 0; round < 4; round += 1) {
      const results = await Promise.all([
        a.timed('Get', 'known'),
        a.timed('Get', `unknown ${round}`),
        a.timed('GetOrSet', `cold ${round}`, { value: 'loaded' }),
        a.timed('Set', `written ${round}`, 1),
        a.timed('Delete', `removed ${round}`),
      ]);
      for (const { ms } of results) expect(ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
      expect(results[0].value).toBe('kept');
      expect(results[2].value).toBe('loaded');
    }
    await end();
  });

  it('one load still serves all callers of a process', async () => {
    await begin();
    expect(await a.call('together', 100, 'cold', { value: 1, delayMs: 50 })).toEqual([1]);
    expect(await a.loads()).toBe(1);
    await end();
  });

  it('is used again within a second of its answering, and the log has one line about it', async () => {
    await begin();
    for (let round = 0; round < 4; round += 1) await a.getOrSet(`cold ${round}`, { value: 1 });
    for (let round = 0; round < 4; round += 1) await a.set(`cold ${round}`, 1);
    await end();
    await eventually(() => isShared(a, 'back'), 1000 + SLACK_MS);
    expect(((await a.call('lines')) as string[]).length).toBeLessThanOrEqual(1);
    expect(await a.call('errors')).toBeGreaterThan(0);
  });
});

describe('Redis slow', () => {
  it('every call ends within the deadline, with the value of the memory or of the loader', async () => {
    const slow = await CacheNode.start({
      url: redis.url,
      options: HASTY,
      delayRepliesMs: 3000,
      seed: 1,
    });
    for (let round = 0; round < 8; round += 1) {
      const { value, ms } = await slow.timed('GetOrSet', `cold ${round}`, { value: 'loaded' });
      expect(value).toBe('loaded');
      // One wait to look it up, one to store it.
      expect(ms).toBeLessThan(2 * (DEADLINE_MS + SLACK_MS));
      expect((await slow.timed('Get', `cold ${round}`)).ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    }
    await slow.kill();
  });
});

describe.each(outages.slice(0, 2))(
  'an invalidation by another node just before Redis is %s',
  (_, { begin }) => {
    it('holds in a memory that was not asked meanwhile', async () => {
      for (const key of ['ended', 'kept', 'signal'])
        await a.getOrSet(key, { value: 'old' }, { tags: [`tag of ${key}`] });
      const inMemoryOfB = (key: string) =>
        eventually(async () => expect(await b.find(key)).toEqual({ value: 'old', tier: 'l1' }));
      for (const key of ['ended', 'kept', 'signal']) await inMemoryOfB(key);
      await a.invalidateTags('tag of ended', 'tag of signal');
      // Of one message: where b knows of one, it knows of both.
      await eventually(async () => expect(await b.find('signal')).toBeUndefined());
      await begin();
      await eventually(async () => expect(await b.get('kept')).toBe('old'));
      expect(await b.get('ended')).toBeUndefined();
    });
  },
);

describe('an invalidation that Redis did not take', () => {
  const invalidations: [string, (node: CacheNode) => Promise<unknown>][] = [
    ['delete', (node) => node.delete('key')],
    ['set', (node) => node.set('key', 'new')],
    ['invalidateTags', (node) => node.invalidateTags('tag')],
    ['clear', (node) => node.clear()],
  ];

  it.each(invalidations)(
    '%s is never followed by the old value in its own process',
    async (name, invalidate) => {
      await a.getOrSet('key', { value: 'old' }, { tags: ['tag'] });
      redis.freeze();
      await invalidate(a);
      const values: unknown[] = [];
      for (let round = 0; round < 10; round += 1) values.push(await a.get('key'));
      redis.thaw();
      await eventually(async () => {
        values.push(await a.get('key'));
        await isShared(a, 'back');
      }, 2000);
      for (let round = 0; round < 5; round += 1) values.push(await a.get('key'));
      expect(values).not.toContain('old');
      if (name !== 'set') expect(new Set(values)).toEqual(new Set([undefined]));
    },
  );

  it.each(invalidations)(
    '%s reaches Redis and the other node within two seconds of its answering',
    async (_, invalidate) => {
      await a.getOrSet('key', { value: 'old' }, { tags: ['tag'] });
      await eventually(async () =>
        expect(await b.find('key')).toEqual({ value: 'old', tier: 'l1' }),
      );
      redis.freeze();
      await invalidate(a);
      redis.thaw();
      await eventually(async () => expect(await b.get('key')).not.toBe('old'), 2000);
      const fresh = await CacheNode.start({ url: redis.url });
      expect(await fresh.get('key')).not.toBe('old');
      await fresh.kill();
    },
  );

  it('set in a full Redis ends the old value on the other node at once', async () => {
    await a.getOrSet('key', { value: 'old' });
    await eventually(async () => expect(await b.find('key')).toEqual({ value: 'old', tier: 'l1' }));
    await redis.use((client) => client.config('SET', 'maxmemory', '1'));
    await a.set('key', 'new');
    await eventually(async () => expect(await b.get('key')).toBeUndefined(), 500);
    expect(await b.getOrSet('key', { value: 'loaded' })).toBe('loaded');
  });

  it('is made up for by clearing the cache when there are too many', async () => {
    await a.call('fill', 1200, 'many', ['tag']);
    redis.freeze();
    await a.call('deleteAll', 1200, 'many');
    redis.thaw();
    await eventually(() => isShared(a, 'back'), 2000);
    const left = await Promise.all(
      Array.from({ length: 1200 }, (_, index) => b.get(`many${index}`)),
    );
    expect(left.filter((value) => value !== undefined)).toEqual([]);
  });

  it('gives back a lease whose grant got no reply', async () => {
    // The script is known, so that the request that waits in the frozen server does take the lease.
    await a.getOrSet('warm', { value: 1 });
    redis.freeze();
    expect(await a.getOrSet('key', { value: 'alone' })).toBe('alone');
    redis.thaw();
    await eventually(() => isShared(a, 'back'), 2000);
    const { value, ms } = await b.timed('GetOrSet', 'key', { value: 'by b' });
    expect(value).toBe('by b');
    expect(ms).toBeLessThan(1000);
  });
});
