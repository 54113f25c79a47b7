import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';

/** Far more than a message between two primaries of a Cluster takes, on a busy machine too. */
const BUS_MS = 5000;

let redis: RedisServer;
let a: CacheNode;
let b: CacheNode;
let tests = 0;
/** Of one test: what others left behind, in Redis or on its way, is about other names. */
let key: string;
let tag: string;

beforeAll(async () => {
  redis = await RedisServer.start();
  [a, b] = await Promise.all([
    CacheNode.start({ url: redis.url }),
    CacheNode.start({ url: redis.url }),
  ]);
});
beforeEach(() => {
  tests += 1;
  key = `key ${tests}`;
  tag = `tag-${tests}`;
});
afterAll(async () => {
  await Promise.all([a.kill(), b.kill()]);
  await redis.stop();
});

/** Every way to end the life of the entry `key` with the tag `tag`. */
const invalidations: [string, (node: CacheNode) => Promise<unknown>][] = [
  ['delete', (node) => node.delete(key)],
  ['set', (node) => node.set(key, 'set')],
  ['invalidateTags', (node) => node.invalidateTags('other', tag)],
  ['clear', (node) => node.clear()],
];

async function eventuallyInMemory(node: CacheNode, value: unknown): Promise<void> {
  await eventually(async () => expect(await node.find(key)).toEqual({ value, tier: 'l1' }));
}

/**
 * What `node` answers after an invalidation that was acknowledged to `by`. One server has told all nodes by then; between
 * the primaries of a Cluster a message takes a moment, and only the node that asked knows at once.
 */
async function expectAnswer(node: CacheNode, by: CacheNode, value: unknown): Promise<void> {
  const answers = async (): Promise<void> => expect(await node.get(key)).toBe(value);
  await (redis.isCluster && node !== by ? eventually(answers, BUS_MS) : answers());
}

describe.each(invalidations)('%s', (name, invalidate) => {
  const after = name === 'set' ? 'set' : undefined;

  it('reaches the memory of the other node', async () => {
    await a.getOrSet(key, { value: 'old' }, { tags: [tag] });
    await eventuallyInMemory(b, 'old');
    await invalidate(a);
    await expectAnswer(a, a, after);
    await expectAnswer(b, a, after);
  });

  it.each([
    ['the same node', () => a],
    ['the other node', () => b],
  ])('during a load on %s: the loaded value is neither stored nor served', async (_, nodeOf) => {
    const load = await a.startHeldLoad(key, 'old', { tags: [tag] });
    const by = nodeOf();
    await invalidate(by);
    // Whoever waited for the load from before the invalidation gets its value, nobody else does.
    expect(await load.finish()).toBe('old');
    await expectAnswer(by, by, after);
    await expectAnswer(a, by, after);
    await expectAnswer(b, by, after);
    expect(await a.getOrSet(key, { value: 'new' })).toBe(after ?? 'new');
    expect(await b.getOrSet(key, { value: 'new' })).toBe(after ?? 'new');
  });

  it('does not let callers that come after it wait for the load before it', async () => {
    const load = await a.startHeldLoad(key, 'old', { tags: [tag] });
    await invalidate(a);
    const late = a.getOrSet(key, { value: 'new' }, { tags: [tag] });
    expect(await late).toBe(after ?? 'new');
    expect(await load.finish()).toBe('old');
    await expectAnswer(a, a, after ?? 'new');
    await expectAnswer(b, a, after ?? 'new');
  });
});

function generationKey(): string {
  return `cache:generation:{tag:${tag}}`;
}

describe('invalidation', () => {
  it('of other keys, tags and caches leaves an entry alone', async () => {
    await a.set(key, 'kept', { tags: [tag] });
    await b.delete('other key');
    await b.invalidateTags('other');
    await eventuallyInMemory(a, 'kept');
    await eventuallyInMemory(b, 'kept');
  });

  it('by delete says whether Redis held an entry', async () => {
    await a.set(key, 1);
    expect(await b.delete(key)).toBe(true);
    expect(await b.delete(key)).toBe(false);
  });

  it('does not come undone when Redis loses the generation: the entry is a miss', async () => {
    await a.set(key, 'old', { tags: [tag] });
    await a.invalidateTags(tag);
    await a.getOrSet('another', { value: 1 }, { tags: [tag] });
    await redis.use((client) => client.unlink(generationKey()));
    // A process that knows nothing yet.
    const fresh = await CacheNode.start({ url: redis.url });
    expect(await fresh.get(key)).toBeUndefined();
    expect(await fresh.get('another')).toBeUndefined();
    await fresh.kill();
  });

  it('goes on when Redis evicted a generation that a node still knows', async () => {
    await a.set(key, 'first', { tags: [tag] });
    await redis.use((client) => client.unlink(generationKey()));
    await b.set(key, 'second', { tags: [tag] });
    await eventually(async () => expect(await a.get(key)).toBe('second'));
    expect(await a.getOrSet(key, { value: 'needless' })).toBe('second');
  });
});
