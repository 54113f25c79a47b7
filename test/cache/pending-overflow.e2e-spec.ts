import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';

/** One more than is kept key by key while Redis does not take them. */
const DELETED = 1001;
const GENERATION = 'cache:generation:{cache:default}';

let redis: RedisServer;
let a: CacheNode;
let b: CacheNode;

beforeEach(async () => {
  redis = await RedisServer.startStandalone();
  [a, b] = await Promise.all([
    CacheNode.start({ url: redis.url }),
    CacheNode.start({ url: redis.url }),
  ]);
});
afterEach(async () => {
  await Promise.all([a.kill(), b.kill()]);
  await redis.stop();
});

it('more deletions than are kept end every entry of the cache, also for who made them', async () => {
  const keys = Array.from({ length: DELETED }, (_, at) => `key ${at}`);
  await b.set(keys[0]!, 'old');
  expect(await redis.use((client) => client.exists(GENERATION))).toBe(1);
  // So that it knows the generation of the cache, and trusts what it knows.
  expect(await a.get(keys[0]!)).toBe('old');
  // Refuses them without losing a connection, which would make a node forget what it knows.
  await redis.use((client) => client.call('ACL', 'SETUSER', 'default', '-unlink', '-del'));
  await Promise.all(keys.map((key) => a.delete(key)));
  await redis.use((client) => client.call('ACL', 'SETUSER', 'default', '+unlink', '+del'));
  // Brought up to date by an operation that asks for no generation, and so finds out nothing by itself.
  await eventually(async () => {
    await a.delete('another');
    expect(await redis.use((client) => client.exists(GENERATION))).toBe(0);
  });
  expect(await a.get(keys[0]!)).toBeUndefined();
  await eventually(async () => expect(await b.get(keys[0]!)).toBeUndefined());
});
