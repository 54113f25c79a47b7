import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';
import { CommandLog } from './command-log.js';

let redis: RedisServer;
let commands: CommandLog;
let one: CacheNode;
let two: CacheNode;

beforeAll(async () => {
  redis = await RedisServer.start();
  commands = await CommandLog.start(redis);
});
beforeEach(async () => {
  await redis.use((client) => client.flushall());
  [one, two] = await Promise.all([startNode(), startNode()]);
});
afterEach(() => Promise.all([one.kill(), two.kill()]));
afterAll(async () => {
  commands.stop();
  await redis.stop();
});

/** A node that keeps what it reads in memory, and to which all scripts are known. */
async function startNode(): Promise<CacheNode> {
  const node = await CacheNode.start({ url: redis.url });
  await node.getOrSet('warm', { value: 1 }, { tags: ['known'] });
  await node.delete('warm');
  await node.set('warm', 1);
  await node.call('touch', 'warm');
  await eventually(async () => {
    await node.set('warm', 1);
    expect(await node.find('warm')).toMatchObject({ tier: 'l1' });
  });
  return node;
}

function keysOf(count: number, prefix = 'k'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function entriesOf(keys: readonly string[]): [string, string][] {
  return keys.map((key) => [key, `value of ${key}`]);
}

const batchesOf = (node: CacheNode): Promise<string[][]> =>
  node.call('batches') as Promise<string[][]>;

/** Starts a batch load that waits, and returns once its loader runs. */
async function startHeldBatch(
  node: CacheNode,
  keys: readonly string[],
  options?: object,
): Promise<{ finish: () => Promise<unknown> }> {
  const hold = keys.join();
  const result = node.call('getOrSetMany', keys, { hold }, options);
  result.catch(() => undefined);
  await eventually(async () => expect(await node.call('holding')).toContain(hold));
  return {
    finish: async () => {
      await node.call('release', hold);
      return result;
    },
  };
}

describe('getMany', () => {
  it('returns what is there, in the order of the keys, and leaves out what is missing', async () => {
    await one.call('setMany', entriesOf(['b', 'a']));
    const found = (await two.call('getMany', ['a', 'none', 'b', 'a'])) as Map<string, unknown>;
    expect([...found]).toEqual([
      ['a', 'value of a'],
      ['b', 'value of b'],
    ]);
  });

  it.each([[null], [0], [false], ['']])('finds %p', async (value) => {
    await one.set('falsy', value);
    expect(await two.call('getMany', ['falsy'])).toEqual(new Map([['falsy', value]]));
  });

  it('of nothing asks nothing', async () => {
    expect(await commands.of(() => one.call('getMany', []))).toEqual({});
  });

  it('of 100 keys costs one command, and one more where generations are not known', async () => {
    const [plain, tagged] = [keysOf(100, 'plain'), keysOf(100, 'tagged')];
    await one.call('setMany', entriesOf(plain));
    await one.call('setMany', entriesOf(tagged), { tags: ['x', 'y', 'z'] });
    await two.get('plain0');
    expect(await commands.of(() => two.call('getMany', plain))).toEqual({ mget: 1 });
    expect(await commands.of(() => two.call('getMany', tagged))).toEqual({ mget: 2 });
    expect(await commands.of(() => two.call('getMany', [...plain, ...tagged]))).toEqual({});
  });

  it('asks Redis only for what memory does not have', async () => {
    await one.call('setMany', entriesOf(['here', 'there']));
    await two.get('here');
    expect(await commands.of(() => two.call('getMany', ['here', 'there']))).toEqual({ mget: 1 });
  });

  it('asks for 500 keys at a time', async () => {
    const keys = keysOf(1200);
    await one.call('setMany', entriesOf(keys));
    await two.get('k0');
    const counts = await commands.of(async () =>
      expect(((await two.call('getMany', keys)) as Map<string, unknown>).size).toBe(1200),
    );
    expect(counts).toEqual({ mget: 3 });
  });

  it('does not find entries whose tag was invalidated, nor those of a cache that was cleared', async () => {
    await one.call('setMany', entriesOf(['tagged']), { tags: ['gone'] });
    await one.call('setMany', entriesOf(['plain']));
    await one.invalidateTags('gone');
    expect([
      ...((await one.call('getMany', ['tagged', 'plain'])) as Map<string, string>).keys(),
    ]).toEqual(['plain']);
    await one.clear();
    expect(await one.call('getMany', ['tagged', 'plain'])).toEqual(new Map());
  });

  it('answers from memory within one deadline while Redis is frozen', async () => {
    const keys = keysOf(1200);
    await one.call('setMany', entriesOf(keys.slice(0, 10)));
    redis.freeze();
    try {
      const startedAt = performance.now();
      const found = (await one.call('getMany', keys)) as Map<string, unknown>;
      expect(found.size).toBe(10);
      // Three batches at the same time; each waits two seconds at most.
      expect(performance.now() - startedAt).toBeLessThan(4000);
      expect((await one.call('getOrSetMany', ['k0', 'cold'], {})) as object).toEqual(
        new Map([
          ['k0', 'value of k0'],
          ['cold', 'loaded cold'],
        ]),
      );
      await one.call('setMany', entriesOf(['later']));
      expect(await one.call('deleteMany', ['later'])).toBe(0);
      expect(await one.call('touch', 'k0', '1h')).toBe(false);
    } finally {
      redis.thaw();
    }
  });
});

describe('setMany and deleteMany', () => {
  it('cost one script per key, sent together, and one message', async () => {
    const keys = keysOf(100);
    expect(await commands.of(() => one.call('setMany', entriesOf(keys)))).toEqual({
      evalsha: 100,
      publish: 1,
    });
    expect(await commands.of(() => one.call('deleteMany', keys))).toEqual({
      evalsha: 100,
      publish: 1,
    });
  });

  it('reach the memory of other nodes', async () => {
    await one.call('setMany', entriesOf(['a', 'b', 'c']));
    await two.call('getMany', ['a', 'b', 'c']);
    await one.call('setMany', [['a', 'new']]);
    expect(await one.call('deleteMany', ['b', 'b', 'none'])).toBe(1);
    await eventually(async () =>
      expect(await two.call('getMany', ['a', 'b', 'c'])).toEqual(
        new Map([
          ['a', 'new'],
          ['c', 'value of c'],
        ]),
      ),
    );
  });

  it.each<[string, (node: CacheNode) => Promise<unknown>, unknown]>([
    ['written', (node) => node.call('setMany', [['raced', 'written']]), 'written'],
    ['deleted', (node) => node.call('deleteMany', ['raced']), undefined],
  ])('win over a load that began before the key was %s', async (_, change, expected) => {
    const load = await one.startHeldLoad('raced', 'loaded');
    await change(two);
    expect(await load.finish()).toBe('loaded');
    await eventually(async () => expect(await one.get('raced')).toBe(expected));
    expect(await two.get('raced')).toBe(expected);
  });

  it('keep what a caller stored last under a key that comes twice', async () => {
    await one.call('setMany', [
      ['twice', 1],
      ['twice', 2],
    ]);
    expect(await two.get('twice')).toBe(2);
  });

  it('refuse what the codec refuses, and store nothing of the rest', async () => {
    await expect(
      one.call('setMany', [
        ['good', 1],
        ['bad', 1n],
      ]),
    ).rejects.toThrow(/BigInt/i);
    expect(await one.get('good')).toBeUndefined();
  });
});

describe('getOrSetMany', () => {
  it('loads the missing keys alone, each once, by one call', async () => {
    await one.set('here', 'set');
    const result = (await two.call('getOrSetMany', ['c', 'here', 'a', 'c', 'none'], {
      absent: ['none'],
    })) as Map<string, unknown>;
    expect([...result]).toEqual([
      ['c', 'loaded c'],
      ['here', 'set'],
      ['a', 'loaded a'],
    ]);
    expect(await batchesOf(two)).toEqual([['c', 'a', 'none']]);
    expect(await one.get('c')).toBe('loaded c');
    expect(await one.get('none')).toBeUndefined();
  });

  it('costs one command to read, a script per missing key to claim and one to store', async () => {
    const keys = keysOf(100);
    await one.call('setMany', entriesOf(keys.slice(0, 60)));
    await two.get('k0');
    expect(await commands.of(() => two.call('getOrSetMany', keys, {}))).toEqual({
      mget: 1,
      evalsha: 80,
    });
    expect(await batchesOf(two)).toEqual([keys.slice(60)]);
  });

  it('costs no more where a tag has ended what is there', async () => {
    const keys = keysOf(50);
    await one.call('setMany', entriesOf(keys), { tags: ['t'] });
    await two.call('getMany', keys);
    await two.invalidateTags('t');
    const counts = await commands.of(() => two.call('getOrSetMany', keys, {}, { tags: ['t'] }));
    // Entries and generations; per key claim and store, and one new generation.
    expect(counts).toEqual({ mget: 2, evalsha: 101 });
    expect(await one.get('k7')).toBe('loaded k7');
  });

  it('loads 500 keys at a time', async () => {
    await one.call('getOrSetMany', keysOf(1100), {});
    expect((await batchesOf(one)).map(({ length }) => length)).toEqual([500, 500, 100]);
  });

  it('loads again what a tag or a clear ended', async () => {
    const keys = keysOf(20);
    await one.call('getOrSetMany', keys, {}, { tags: ['t'] });
    await one.invalidateTags('t');
    await one.call('getOrSetMany', keys, {}, { tags: ['t'] });
    await one.clear();
    await one.call('getOrSetMany', keys, {}, { tags: ['t'] });
    expect(await batchesOf(one)).toEqual([keys, keys, keys]);
    expect(await two.get('k7')).toBe('loaded k7');
  });

  it.each<[string, () => CacheNode]>([
    ['this node', () => one],
    ['another node', () => two],
  ])('waits for keys that %s is loading, and loads the others', async (_, loading) => {
    const load = await loading().startHeldLoad('shared', 'by another');
    const result = one.call('getOrSetMany', ['mine', 'shared'], {});
    await eventually(async () => expect(await batchesOf(one)).toEqual([['mine']]));
    await load.finish();
    expect(await result).toEqual(
      new Map([
        ['mine', 'loaded mine'],
        ['shared', 'by another'],
      ]),
    );
    expect(await batchesOf(one)).toEqual([['mine']]);
  });

  it('is waited for by single loads and batches of the same keys, on both nodes', async () => {
    const batch = await startHeldBatch(one, ['a', 'b']);
    const others = [
      one.getOrSet('a', { value: 'no' }),
      two.getOrSet('a', { value: 'no' }),
      two.call('getOrSetMany', ['a', 'b'], {}),
    ];
    await batch.finish();
    const both = new Map([
      ['a', 'loaded a'],
      ['b', 'loaded b'],
    ]);
    expect(await Promise.all(others)).toEqual(['loaded a', 'loaded a', both]);
    expect(await batchesOf(two)).toEqual([]);
  });

  it('loads, in one batch, what another node failed to load', async () => {
    const keys = keysOf(30);
    const hold = 'failing';
    const failing = one.call('getOrSetMany', keys, { hold, error: 'no' });
    failing.catch(() => undefined);
    await eventually(async () => expect(await one.call('holding')).toContain(hold));
    const result = two.call('getOrSetMany', keys, {}) as Promise<Map<string, unknown>>;
    await eventually(async () => {
      const leases = await redis.use((client) =>
        client.mget(keys.map((key) => `cache:lease:default:{${key}}`)),
      );
      expect(leases.every((holder) => holder?.endsWith('+'))).toBe(true);
    });
    await one.call('release', hold);
    await expect(failing).rejects.toThrow('no');
    expect((await result).size).toBe(30);
    const batches = await batchesOf(two);
    expect(batches.flat().toSorted()).toEqual(keys.toSorted());
    expect(batches.length).toBeLessThan(10);
  });

  it('rejects with the error of its loader, stores nothing, and holds nobody up', async () => {
    await expect(one.call('getOrSetMany', ['a', 'b'], { error: 'source down' })).rejects.toThrow(
      'source down',
    );
    expect(await two.getOrSet('a', { value: 'next' })).toBe('next');
  });

  it.each<[string, (node: CacheNode) => Promise<unknown>, string[]]>([
    ['a delete of one key', (node) => node.delete('a'), ['b']],
    ['a delete of all', (node) => node.call('deleteMany', ['a', 'b']), []],
    ['an invalidation of the tag', (node) => node.invalidateTags('t'), []],
    ['a clear', (node) => node.clear(), []],
  ])('does not keep what %s during the load made old', async (_, invalidate, kept) => {
    const batch = await startHeldBatch(one, ['a', 'b'], { tags: ['t'] });
    await invalidate(two);
    expect(await batch.finish()).toEqual(
      new Map([
        ['a', 'loaded a'],
        ['b', 'loaded b'],
      ]),
    );
    for (const node of [one, two]) {
      const found = (await node.call('getMany', ['a', 'b'])) as Map<string, unknown>;
      expect([...found.keys()]).toEqual(kept);
    }
  });
});

describe('touch and ttl', () => {
  it('tell and change the life of an entry, and leave its value', async () => {
    await one.set('k', 'v', { ttl: '1m' });
    expect(await one.call('ttl', 'k')).toBeLessThanOrEqual(60_000);
    expect(await one.call('touch', 'k', '1h')).toBe(true);
    expect(await two.call('ttl', 'k')).toBeGreaterThan(59 * 60_000);
    expect(await two.get('k')).toBe('v');
    const left = await redis.use((client) => client.pttl('cache:entry:default:{k}'));
    expect(left).toBeGreaterThan(59 * 60_000);
  });

  it('have nothing to tell of what is not there, or is invalid', async () => {
    await one.set('tagged', 1, { tags: ['t'] });
    await one.invalidateTags('t');
    for (const key of ['none', 'tagged']) {
      expect(await one.call('touch', key, '1h')).toBe(false);
      expect(await one.call('ttl', key)).toBeUndefined();
    }
    expect(await redis.use((client) => client.exists('cache:entry:default:{none}'))).toBe(0);
  });

  it('reach the memory of other nodes: what is made shorter ends there too', async () => {
    await one.set('k', 'v', { ttl: '1h' });
    expect(await two.get('k')).toBe('v');
    await one.call('touch', 'k', '1m');
    await eventually(async () => expect(await two.call('ttl', 'k')).toBeLessThanOrEqual(60_000));
  });

  it('leave a load that is under way alone', async () => {
    await one.set('k', 'old', { tags: ['t'] });
    await one.invalidateTags('t');
    const load = await one.startHeldLoad('k', 'new');
    expect(await two.call('touch', 'k')).toBe(false);
    await load.finish();
    expect(await two.get('k')).toBe('new');
  });

  it('never bring back what was deleted, whatever the interleaving', async () => {
    for (let round = 0; round < 30; round += 1) {
      await one.set('k', round);
      await Promise.all([
        ...Array.from({ length: 5 }, () => two.call('touch', 'k', '1h')),
        one.delete('k'),
        two.call('touch', 'k', '1h'),
      ]);
      expect(await redis.use((client) => client.exists('cache:entry:default:{k}'))).toBe(0);
    }
  });
});

describe('namespace', () => {
  it('has keys of its own, whatever is in names and keys', async () => {
    const places: [string[], string][] = [
      [[], 'k'],
      [['a'], 'k'],
      [['a', 'b'], 'k'],
      [['a/b'], 'k'],
      [['a~b'], 'k'],
      [['a'], 'b~k'],
      [['a%2fb'], 'k'],
      [[], '~a~k'],
      [[], '~~a~k'],
      [['~'], 'k'],
    ];
    for (const [index, [path, key]] of places.entries())
      await one.call('within', path, 'set', key, index);
    const values = await Promise.all(
      places.map(([path, key]) => two.call('within', path, 'get', key)),
    );
    expect(values).toEqual(places.map((_, index) => index));
  });

  it('is cleared alone by one command, together with what is nested in it', async () => {
    const paths = [[], ['a'], ['a', 'inner'], ['b']];
    const look = (node: CacheNode): Promise<unknown[]> =>
      Promise.all(paths.map((path) => node.call('within', path, 'get', 'k')));
    for (const path of paths) await one.call('within', path, 'set', 'k', path.join('/'));
    expect(await look(two)).toEqual(['', 'a', 'a/inner', 'b']);
    expect(await commands.of(() => one.call('within', ['a'], 'clear'))).toEqual({
      unlink: 1,
      publish: 1,
    });
    const left = ['', undefined, undefined, 'b'];
    expect(await look(one)).toEqual(left);
    await eventually(async () => expect(await look(two)).toEqual(left));
    await one.clear();
    expect(await look(one)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('tells other nodes of a key that was deleted in it', async () => {
    await one.call('within', ['a'], 'set', 'k', 1);
    await two.call('within', ['a'], 'get', 'k');
    await one.call('within', ['a'], 'delete', 'k');
    await eventually(async () =>
      expect(await two.call('within', ['a'], 'get', 'k')).toBeUndefined(),
    );
  });
});
