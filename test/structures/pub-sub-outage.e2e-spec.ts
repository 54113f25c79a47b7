import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PubSub, type ConnectionOptions } from 'nestjs-redis-kit';
import { RedisProxy } from '../cache/redis-proxy.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { startCluster } from 'nestjs-redis-kit/testing';
import { RedisServer } from '../support/redis-server.js';

interface ListenEvent {
  readonly channels: number;
  readonly patterns: number;
  readonly isAgain: boolean;
  readonly deafMs: number;
}

const cleanUps: (() => Promise<unknown>)[] = [];
let listens: ListenEvent[] = [];
const listen = (event: unknown): unknown => listens.push(event as ListenEvent);
beforeAll(() => subscribe('nestjs-redis-kit:pubsub:listen', listen));
afterAll(() => void unsubscribe('nestjs-redis-kit:pubsub:listen', listen));

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  listens = [];
});

async function startRedis(): Promise<RedisServer> {
  const redis = await RedisServer.start();
  cleanUps.push(() => redis.stop());
  return redis;
}

async function start(connection: ConnectionOptions): Promise<PubSub> {
  const app: NestExpressApplication = await startApp({
    connection,
    structures: { deadline: '5s' },
  });
  cleanUps.push(() => app.close());
  return app.get(PubSub);
}

/** Publishes until it is heard: right after a loss, neither side is sure to be connected. */
function heardAgain(pubSub: PubSub, heard: readonly unknown[], text: string): Promise<void> {
  return eventually(async () => {
    await pubSub.publish('news', text);
    expect(heard).toContain(text);
  });
}

describe('pub/sub', () => {
  it('listens again, with an event, after Redis was killed', async () => {
    const redis = await startRedis();
    const pubSub = await start(redis.url);
    const heard: unknown[] = [];
    const one = pubSub.subscribe('news', (data) => void heard.push(data));
    const two = pubSub.subscribe('other:*', () => undefined);
    await Promise.all([one.ready(), two.ready()]);
    await redis.kill();
    await expect(pubSub.publish('news', 'lost')).rejects.toThrow();
    // Wanted and not wanted while there is nobody to tell.
    const three = pubSub.subscribe('late', (data) => void heard.push(data));
    two.close();
    await redis.restart();
    await three.ready();
    await heardAgain(pubSub, heard, 'back');
    await pubSub.publish('late', 'too');
    await eventually(() => expect(heard).toContain('too'));
    expect(heard).not.toContain('lost');
    const again = listens.find(({ isAgain }) => isAgain);
    expect(again).toMatchObject({ channels: 2, patterns: 0 });
    expect(again!.deafMs).toBeGreaterThan(0);
  });

  it('finds out that Redis is frozen, and listens again when it is back', async () => {
    const redis = await startRedis();
    const pubSub = await start(redis.url);
    const heard: unknown[] = [];
    await pubSub.subscribe('news', (data) => void heard.push(data)).ready();
    const before = await redis.use((client) => client.client('ID'));
    redis.freeze();
    await expect(pubSub.publish('news', 'never')).rejects.toThrow();
    redis.thaw();
    await heardAgain(pubSub, heard, 'back');
    expect(before).toBeGreaterThan(0);
  });

  it('finds out that its line is dead without being closed', async () => {
    const redis = await startRedis();
    const proxy = await RedisProxy.start(redis.port);
    cleanUps.push(() => proxy.stop());
    const pubSub = await start(proxy.url);
    const heard: unknown[] = [];
    await pubSub.subscribe('news', (data) => void heard.push(data)).ready();
    proxy.swallow('subscriber');
    await heardAgain(pubSub, heard, 'back');
    expect(listens.some(({ isAgain }) => isAgain)).toBe(true);
  });

  it('tells who waits when Redis refuses a channel, and the others listen', async () => {
    const redis = await startRedis();
    await redis.use((client) =>
      client.call(
        'ACL',
        'SETUSER',
        'app',
        'on',
        '>pw',
        '~*',
        '+@all',
        'resetchannels',
        '&cache:*',
        '&app:channel:ok*',
      ),
    );
    const pubSub = await start(`redis://app:pw@127.0.0.1:${redis.port}`);
    const heard: unknown[] = [];
    const refused = pubSub.subscribe('secret', () => undefined);
    const allowed = pubSub.subscribe('ok', (data) => void heard.push(data));
    await expect(refused.ready()).rejects.toThrow(/NOPERM/);
    await allowed.ready();
    await pubSub.publish('ok', 1);
    await eventually(() => expect(heard).toEqual([1]));
  });

  it('reaches every application on a Cluster, whichever node each is at', async () => {
    const cluster = await startCluster({ replicas: 0 });
    cleanUps.push(() => cluster.stop());
    const all = await Promise.all([1, 2, 3].map(() => start(cluster.connection)));
    const heard: string[] = [];
    await Promise.all(
      all.map((pubSub, at) =>
        pubSub.subscribe<string>('chat:*', (data) => void heard.push(`${at} ${data}`)).ready(),
      ),
    );
    await eventually(() => all[0]!.publish('chat:1', 'hello'));
    await eventually(() => {
      expect(new Set(heard)).toEqual(new Set(['0 hello', '1 hello', '2 hello']));
    });
  }, 60_000);
});
