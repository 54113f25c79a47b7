import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';

const HOUR_MS = 60 * 60 * 1000;
let redis: RedisServer;
let right: CacheNode;

beforeAll(async () => {
  redis = await RedisServer.start();
  right = await CacheNode.start({ url: redis.url });
});
afterAll(async () => {
  await right.kill();
  await redis.stop();
});

describe.each([
  ['an hour fast', HOUR_MS],
  ['an hour slow', -HOUR_MS],
])('a node whose clock is %s', (name, clockSkewMs) => {
  it('shares entries with the others, both ways', async () => {
    const wrong = await CacheNode.start({ url: redis.url, clockSkewMs });
    await right.set(`${name} 1`, 'right');
    await eventually(async () => expect(await wrong.get(`${name} 1`)).toBe('right'));
    await wrong.set(`${name} 2`, 'wrong');
    expect(await right.get(`${name} 2`)).toBe('wrong');
    const life = await redis.use((client) => client.pttl(`cache:entry:default:{${name} 2}`));
    expect(life).toBeGreaterThan(4.9 * 60_000);
    expect(life).toBeLessThanOrEqual(5 * 60_000);
    await wrong.kill();
  });

  it('does not keep an entry in memory longer than Redis does', async () => {
    const wrong = await CacheNode.start({ url: redis.url, clockSkewMs });
    await eventually(async () => {
      await right.set(`${name} 3`, 1, { ttl: 300 });
      expect(await wrong.find(`${name} 3`)).toMatchObject({ tier: 'l2' });
    });
    await eventually(async () => expect(await right.get(`${name} 3`)).toBeUndefined());
    await eventually(async () => expect(await wrong.get(`${name} 3`)).toBeUndefined(), 200);
    await wrong.kill();
  });
});
