import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';
import { RedisProxy } from './redis-proxy.js';

let redis: RedisServer;
let proxy: RedisProxy;
let a: CacheNode;
let b: CacheNode;

beforeEach(async () => {
  redis = await RedisServer.start();
  proxy = await RedisProxy.start(redis.port);
  [a, b] = await Promise.all([
    CacheNode.start({ url: redis.url }),
    CacheNode.start({ url: proxy.url }),
  ]);
});
afterEach(async () => {
  await Promise.all([a.kill(), b.kill()]);
  await proxy.stop();
  await redis.stop();
});

/** Stored by a load, which sends no message that could arrive late and empty the memory of b. */
function plant(key: string, value: unknown): Promise<unknown> {
  return a.getOrSet(key, { value });
}

async function inMemoryOfB(key: string): Promise<void> {
  await eventually(async () => expect(await b.find(key)).toMatchObject({ tier: 'l1' }));
}

describe('a node that may have missed a message', () => {
  it('forgets its memory when its subscription was cut and came back', async () => {
    await plant('key', 'old');
    await plant('untouched', 1);
    await inMemoryOfB('key');
    await inMemoryOfB('untouched');
    // Delays the way back, so that the deletion falls into the gap.
    proxy.refuse();
    await redis.use((client) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    await a.delete('key');
    await a.getOrSet('fresh', { value: 1 });
    proxy.accept();
    // What memory answers again shows that the subscription is back.
    await eventually(() => inMemoryOfB('fresh'));
    expect(await b.get('key')).toBeUndefined();
    expect(await b.find('untouched')).toEqual({ value: 1, tier: 'l2' });
  });

  it('does not answer from memory while it is not subscribed', async () => {
    await plant('key', 'old');
    await inMemoryOfB('key');
    proxy.refuse();
    await redis.use((client) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    await eventually(async () => expect(await b.find('key')).toEqual({ value: 'old', tier: 'l2' }));
    await a.set('key', 'new');
    expect(await b.get('key')).toBe('new');
    proxy.accept();
    await eventually(() => inMemoryOfB('key'));
  });

  it('forgets its memory at a gap in the numbers of a sender', async () => {
    const bus = 'cache:bus';
    const message = (sequence: number): string =>
      JSON.stringify({ v: 1, node: 'x', sequence, kind: 'generations', names: [] });
    await redis.use((client) => client.publish(bus, message(1)));
    await plant('key', 1);
    await inMemoryOfB('key');
    await redis.use((client) => client.publish(bus, message(2)));
    expect(await b.find('key')).toEqual({ value: 1, tier: 'l1' });
    await redis.use((client) => client.publish(bus, message(4)));
    await eventually(
      async () => expect(await b.find('key')).toEqual({ value: 1, tier: 'l2' }),
      500,
    );
  });

  it('forgets its memory at a message it cannot read', async () => {
    await plant('key', 1);
    await inMemoryOfB('key');
    await redis.use((client) => client.publish('cache:bus', '{"v":2}'));
    await eventually(
      async () => expect(await b.find('key')).toEqual({ value: 1, tier: 'l2' }),
      500,
    );
  });

  it('finds out within three seconds that its subscription is half-open', async () => {
    await plant('key', 'old');
    await inMemoryOfB('key');
    // Bytes no longer pass and nothing is closed, as behind a firewall that forgot the connection.
    proxy.swallow('subscriber');
    await a.set('key', 'new');
    await eventually(async () => expect(await b.get('key')).toBe('new'), 3000);
    proxy.accept();
    await eventually(() => inMemoryOfB('key'));
  }, 15_000);

  it('learns of an invalidation whose message did not get out', async () => {
    await plant('key', 'old');
    const sender = await CacheNode.start({ url: proxy.url });
    await eventually(async () => expect(await a.find('key')).toMatchObject({ tier: 'l1' }));
    proxy.swallowCommand(/\r\npublish\r\n/);
    await sender.delete('key');
    proxy.accept();
    await eventually(async () => expect(await a.get('key')).toBeUndefined(), 3000);
    await sender.kill();
  }, 15_000);
});
