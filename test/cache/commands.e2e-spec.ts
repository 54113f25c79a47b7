import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';
import { CommandLog } from './command-log.js';

let redis: RedisServer;
let commands: CommandLog;
let node: CacheNode;

beforeAll(async () => {
  redis = await RedisServer.start();
  commands = await CommandLog.start(redis);
});
afterEach(() => node.kill());
afterAll(async () => {
  commands.stop();
  await redis.stop();
});

/** A node whose heartbeat (PING, TIME) is all it sends by itself, and to which all scripts are known. */
async function startNode(): Promise<CacheNode> {
  const started = await CacheNode.start({ url: redis.url });
  await started.getOrSet('warm', { value: 1 }, { tags: ['known'] });
  await started.set('warm', 1);
  await started.delete('warm');
  await eventually(async () => {
    await started.set('warm', 1);
    expect(await started.find('warm')).toMatchObject({ tier: 'l1' });
  });
  // Now that the bus listens: its subscription has emptied what was known before.
  await started.set('warm tagged', 1, { tags: ['known'] });
  return started;
}

describe('commands sent to Redis', () => {
  it.each<[string, (node: CacheNode) => Promise<unknown>, string[]]>([
    ['a hit in memory', (one) => one.get('warm'), []],
    ['a miss', (one) => one.get('nothing'), ['get']],
    // Look up or take the lease, store.
    ['a load', (one) => one.getOrSet('cold', { value: 1 }), ['evalsha', 'evalsha']],
    [
      'a load with tags that are known',
      (one) => one.getOrSet('cold tagged', { value: 1 }, { tags: ['known'] }),
      ['evalsha', 'evalsha'],
    ],
    // The generation of the new tag goes out together with the look-up.
    [
      'a load with a new tag',
      (one) => one.getOrSet('cold new', { value: 1 }, { tags: ['new'] }),
      ['evalsha', 'evalsha', 'evalsha'],
    ],
    ['a set', (one) => one.set('written', 1), ['evalsha', 'publish']],
    ['a delete', (one) => one.delete('written'), ['evalsha', 'publish']],
    ['invalidating three tags', (one) => one.invalidateTags('x', 'y', 'z'), ['unlink', 'publish']],
    ['a clear', (one) => one.clear(), ['unlink', 'publish']],
  ])('%s', async (_, work, expected) => {
    node = await startNode();
    expect(await commands.inOrder(() => work(node))).toEqual(expected);
  });

  it('a hit in Redis costs one, with or without tags whose generations are known', async () => {
    node = await startNode();
    const other = await startNode();
    await other.set('plain', 1);
    await other.set('tagged', 1, { tags: ['known'] });
    expect(await commands.inOrder(() => node.get('plain'))).toEqual(['get']);
    expect(await commands.inOrder(() => node.get('tagged'))).toEqual(['get']);
    await other.kill();
  });

  it('a hit in Redis with tags that are not known costs one more', async () => {
    node = await startNode();
    const other = await startNode();
    await other.set('tagged', 1, { tags: ['one', 'two', 'three'] });
    expect(await commands.inOrder(() => node.get('tagged'))).toEqual(['get', 'mget']);
    await other.kill();
  });

  it('an entry in memory that was invalidated costs one more than a miss', async () => {
    node = await startNode();
    await node.set('tagged', 1, { tags: ['known'] });
    await node.invalidateTags('known');
    expect(await commands.inOrder(() => node.get('tagged'))).toEqual(['mget', 'get']);
  });

  it('an entry whose tag is known to have ended costs what a miss costs', async () => {
    node = await startNode();
    const other = await startNode();
    const keys = ['first', 'second', 'third'];
    for (const key of keys) await other.set(key, 1, { tags: ['ended'] });
    await node.get('third');
    await node.invalidateTags('ended');
    expect(await commands.inOrder(() => node.get('first'))).toEqual(['get', 'mget']);
    for (const key of keys) expect(await commands.inOrder(() => node.get(key))).toEqual(['get']);
    await other.set('second', 2, { tags: ['ended'] });
    expect(await commands.inOrder(() => node.get('second'))).toEqual(['get', 'mget']);
    expect(await commands.inOrder(() => node.get('first'))).toEqual(['get']);
    expect(await node.find('second')).toEqual({ value: 2, tier: 'l1' });
    await other.kill();
  });

  it('a load does not publish: nobody can hold an older value', async () => {
    node = await startNode();
    await redis.use(async (client) => {
      await client.config('RESETSTAT');
      await node.getOrSet('quiet', { value: 1 });
      expect(await client.info('commandstats')).not.toContain('cmdstat_publish');
    });
  });

  it('invalidating three tags of 10,000 entries costs two', async () => {
    node = await startNode();
    await node.call('fill', 10_000, 'many', ['x', 'y', 'z']);
    expect(await commands.inOrder(() => node.invalidateTags('x', 'y', 'z'))).toEqual([
      'unlink',
      'publish',
    ]);
    const left = await Promise.all([0, 1, 4999, 9999].map((index) => node.get(`many${index}`)));
    expect(left).toEqual([undefined, undefined, undefined, undefined]);
  }, 20_000);
});
