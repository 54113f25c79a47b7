import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  getMessageStreamToken,
  PubSub,
  RedisMetrics,
  RedisModule,
  type MessageStream,
} from 'nestjs-redis-kit';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.startStandalone();
});
afterEach(() => app.close());
afterAll(() => redis.stop());

async function start(): Promise<void> {
  const orders = { claimAfter: '1s', retryAfter: '10ms', maxDeliveries: 2, maxLength: 3 } as const;
  app = await startApp(
    { connection: redis.url, structures: { deadline: '10s' } },
    {
      imports: [RedisMetricsModule.forRoot(), RedisModule.forFeature({ streams: { orders } })],
    },
  );
}

/** `labels value` of each series of a metric. */
function series(name: string): string[] {
  const all = app.get(RedisMetrics).snapshot();
  const metric = all.find((one) => one.name === `nestjs_redis_kit.${name}`)!;
  return metric.series
    .map((one) => {
      const labels = Object.values(one.labels).join(' ');
      return `${labels} ${'value' in one ? one.value : one.count}`.trim();
    })
    .toSorted();
}

describe('metrics of pub/sub', () => {
  it('count what is published, received, dropped and failed, under no channel', async () => {
    await start();
    const pubSub = app.get(PubSub);
    const held = latch();
    const slow = pubSub.subscribe('slow', () => held.released, { maxQueued: 1 });
    const failing = pubSub.subscribe('user:*', () => {
      throw new Error('no luck');
    });
    await Promise.all([slow.ready(), failing.ready()]);
    for (let n = 0; n < 4; n += 1) await pubSub.publish('slow', n);
    for (let user = 0; user < 5; user += 1) await pubSub.publish(`user:${user}`, 'hello');
    await eventually(() => {
      expect(series('pubsub.received')).toEqual(['9']);
      expect(series('pubsub.failures')).toEqual(['5']);
    });
    expect(series('pubsub.published')).toEqual(['9']);
    expect(series('pubsub.dropped')).toEqual([`full ${slow.dropped}`]);
    expect(slow.dropped).toBeGreaterThan(0);
    held.release();
  });
});

describe('metrics of streams', () => {
  it('count deliveries, what is handled, fails, is buried or refused, under streams alone', async () => {
    await start();
    const orders = app.get<MessageStream<string>>(getMessageStreamToken('orders'));
    for (const text of ['good', 'twice', 'bad']) await orders.publish(text);
    await expect(orders.publish('too many')).rejects.toThrow('holds 3');
    orders.consume({ group: 'g' }, (text, { deliveries }) => {
      if (text === 'bad' || (text === 'twice' && deliveries === 1)) throw new Error('no luck');
    });
    await eventually(() => {
      expect(series('stream.handle.duration')).toEqual(['orders 2']);
      expect(series('stream.buried')).toEqual(['orders 1']);
    });
    expect(series('stream.published')).toEqual(['orders 3']);
    expect(series('stream.delivered')).toEqual(['orders again 2', 'orders first 3']);
    expect(series('stream.failures')).toEqual(['orders 3']);
    expect(series('stream.refused')).toEqual(['orders 1']);
  });
});
