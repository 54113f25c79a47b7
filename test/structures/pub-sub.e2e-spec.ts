import { channel } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Scope, type ModuleMetadata, type Provider } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  OnRedisMessage,
  PubSub,
  topic,
  type ConnectionOptions,
  type Message,
  type StructuresOptions,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';

interface Chat {
  readonly text: string;
}

const rooms = topic<Chat>('chat:*');

let redis: RedisServer;
const apps: NestExpressApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});
afterAll(() => redis.stop());

async function start(
  metadata: ModuleMetadata = {},
  structures: StructuresOptions = {},
  connection: ConnectionOptions = redis.url,
): Promise<NestExpressApplication> {
  const app = await startApp(
    { connection, structures: { deadline: '10s', ...structures } },
    metadata,
  );
  apps.push(app);
  return app;
}

/** Events of one diagnostics channel while the test runs. */
function eventsOf(name: string): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  channel(`nestjs-redis-kit:${name}`).subscribe((event) => {
    events.push(event as Record<string, unknown>);
  });
  return events;
}

describe('pub/sub', () => {
  it('takes messages of a channel and of a pattern to every application', async () => {
    const [one, two] = (await Promise.all([start(), start()])).map((app) => app.get(PubSub));
    const heard: string[] = [];
    const byName = two!.subscribe<Chat>('chat:7', ({ text }, message) => {
      heard.push(`name ${message.channel} ${text}`);
    });
    const byPattern = two!.subscribe(rooms, ({ text }, message) => {
      heard.push(`pattern ${message.channel} ${text}`);
    });
    const own = one!.subscribe(rooms.with('7'), ({ text }) => void heard.push(`own ${text}`));
    await Promise.all([byName, byPattern, own].map((each) => each.ready()));
    // Two connections listen, one of them twice.
    expect(await one!.publish(rooms.with('7'), { text: 'hello' })).toBe(3);
    expect(await one!.publish(rooms.with('8'), { text: 'bye' })).toBe(1);
    await eventually(() => expect(heard).toHaveLength(4));
    expect(heard.toSorted()).toEqual([
      'name chat:7 hello',
      'own hello',
      'pattern chat:7 hello',
      'pattern chat:8 bye',
    ]);
  });

  it('uses one connection however many listen, and none where nobody does', async () => {
    const listeners = (): Promise<number> =>
      redis.use(async (client) => {
        const list = String(await client.call('CLIENT', 'LIST', 'TYPE', 'pubsub'));
        return list.split('\n').filter((line) => / (sub|psub)=[1-9]/.test(line)).length;
      });
    const app = await start();
    // The invalidation bus of the cache.
    await eventually(async () => expect(await listeners()).toBe(1));
    const subscriptions = Array.from({ length: 50 }, (_, at) =>
      app.get(PubSub).subscribe(`c:${at % 10}`, () => undefined),
    );
    await Promise.all(subscriptions.map((one) => one.ready()));
    expect(await listeners()).toBe(2);
    for (const one of subscriptions) one.close();
    await eventually(async () => {
      expect(await redis.use((client) => client.call('PUBSUB', 'CHANNELS', 'app:*'))).toEqual([]);
    });
  });

  it('writes JSON to a channel with the prefix, so that applications do not hear each other', async () => {
    const [ours, theirs] = await Promise.all([start(), start({}, { prefix: 'other:' })]);
    const heard: unknown[] = [];
    for (const app of [ours, theirs])
      await app
        .get(PubSub)
        .subscribe('news', (data) => void heard.push(data))
        .ready();
    await redis.use((client) => client.publish('app:channel:news', '{"from":"redis-cli"}'));
    await eventually(() => expect(heard).toEqual([{ from: 'redis-cli' }]));
    await redis.use(async (client) => {
      const seen = new Promise((resolve) => client.on('message', (...args) => resolve(args)));
      await client.subscribe('other:channel:news');
      await theirs.get(PubSub).publish('news', { ä: [1, null] });
      expect(await seen).toEqual(['other:channel:news', '{"ä":[1,null]}']);
    });
    await eventually(() => expect(heard).toHaveLength(2));
  });

  it('is read by for await, from the call to the break', async () => {
    const pubSub = (await start()).get(PubSub);
    const messages = pubSub.messages<number>('numbers');
    await eventually(async () => expect(await pubSub.publish('numbers', 0)).toBe(1));
    for (const n of [1, 2, 3]) await pubSub.publish('numbers', n);
    const seen: number[] = [];
    for await (const { data } of messages) {
      seen.push(data);
      if (data === 3) break;
    }
    expect(seen).toEqual([0, 1, 2, 3]);
    await eventually(async () => expect(await pubSub.publish('numbers', 4)).toBe(0));
    const stop = new AbortController();
    const pending = pubSub.messages('numbers', { signal: stop.signal }).next();
    stop.abort();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it('is an observable, which listens while somebody is subscribed and ends with the application', async () => {
    const app = await start();
    const pubSub = app.get(PubSub);
    const seen: unknown[] = [];
    const observable = pubSub.observe<number>('numbers');
    expect(await pubSub.publish('numbers', 0)).toBe(0);
    const first = observable.subscribe(({ data }) => seen.push(data));
    await eventually(async () => expect(await pubSub.publish('numbers', 1)).toBe(1));
    await eventually(() => expect(seen).toEqual([1]));
    first.unsubscribe();
    await eventually(async () => expect(await pubSub.publish('numbers', 2)).toBe(0));
    observable.subscribe({ complete: () => seen.push('complete') });
    await app.close();
    expect(seen).toEqual([1, 'complete']);
  });

  it('drops for a slow handler what is too much, and counts it', async () => {
    const drops = eventsOf('pubsub:drop');
    const pubSub = (await start()).get(PubSub);
    const held = latch();
    const seen: number[] = [];
    const slow = pubSub.subscribe<number>(
      'flood',
      async (n) => {
        seen.push(n);
        await held.released;
      },
      { maxQueued: 3 },
    );
    const fast: number[] = [];
    const other = pubSub.subscribe<number>('flood', (n) => void fast.push(n));
    await Promise.all([slow.ready(), other.ready()]);
    for (let n = 0; n < 10; n += 1) await pubSub.publish('flood', n);
    await eventually(() => expect(fast).toHaveLength(10));
    expect(slow.waiting).toBe(3);
    expect(slow.dropped).toBe(6);
    expect(other.dropped).toBe(0);
    held.release();
    await eventually(() => expect(seen).toEqual([0, 7, 8, 9]));
    expect(drops.filter((event) => event['channel'] === 'flood')).toHaveLength(6);
    expect(drops.at(-1)).toEqual({ channel: 'flood', reason: 'full', dropped: 6 });
  });

  it('drops what cannot be read, and an error of a handler disturbs nobody', async () => {
    const drops = eventsOf('pubsub:drop');
    const fails = eventsOf('pubsub:fail');
    const pubSub = (await start()).get(PubSub);
    const strict = topic<number>('strict', {
      parse: (value) => {
        if (typeof value === 'number') return value;
        throw new TypeError('no number');
      },
    });
    const seen: number[] = [];
    const listening = pubSub.subscribe(strict, (n) => {
      seen.push(n);
      if (n === 1) throw new Error('bad day');
    });
    await listening.ready();
    await redis.use((client) => client.publish('app:channel:strict', 'no json'));
    await pubSub.publish<unknown>(strict, 'text');
    await pubSub.publish(strict, 1);
    await pubSub.publish(strict, 2);
    await eventually(() => expect(seen).toEqual([1, 2]));
    expect(listening.dropped).toBe(2);
    expect(drops.filter((event) => event['reason'] === 'unreadable')).toHaveLength(2);
    expect(fails).toMatchObject([{ channel: 'strict', error: { message: 'bad day' } }]);
  });

  it.each([
    ['a pattern', 'chat:*', 1, 'MESSAGE_CHANNEL_INVALID'],
    ['no channel', '', 1, 'MESSAGE_CHANNEL_INVALID'],
    ['a channel with a space', 'a b', 1, 'MESSAGE_CHANNEL_INVALID'],
    ['undefined', 'a', undefined, 'MESSAGE_UNSUPPORTED'],
    ['a BigInt', 'a', 1n, 'MESSAGE_UNSUPPORTED'],
  ])('refuses to publish %s', async (_what, name, data, code) => {
    const pubSub = (await start()).get(PubSub);
    await expect(pubSub.publish(name, data)).rejects.toMatchObject({ code });
  });
});

@Injectable()
class Listener {
  readonly heard: string[] = [];

  @OnRedisMessage(rooms)
  @OnRedisMessage('news')
  hear(data: Chat, { channel: name }: Message<Chat>): void {
    this.heard.push(`${name} ${data.text}`);
  }
}

class FromFactory extends Listener {}

describe('@OnRedisMessage', () => {
  it('listens on providers and on what factories make, once per instance', async () => {
    const providers: Provider[] = [
      Listener,
      { provide: 'factory', useFactory: () => new FromFactory() },
      { provide: 'alias', useExisting: Listener },
    ];
    const app = await start({ providers });
    const pubSub = app.get(PubSub);
    await eventually(async () => expect(await pubSub.publish('news', { text: 'up' })).toBe(1));
    await eventually(async () => expect(await pubSub.publish('chat:1', { text: 'hi' })).toBe(1));
    for (const listener of [app.get(Listener), app.get<Listener>('factory')]) {
      await eventually(() => expect(listener.heard).toContain('chat:1 hi'));
      expect(listener.heard.filter((line) => line === 'chat:1 hi')).toHaveLength(1);
      expect(listener.heard).toContain('news up');
    }
  });

  it('keeps two applications of one process apart', async () => {
    const [one, two] = await Promise.all([
      start({ providers: [Listener] }),
      start({ providers: [Listener] }, { prefix: 'two:' }),
    ]);
    const pubSub = one.get(PubSub);
    await eventually(async () => expect(await pubSub.publish('news', { text: 'one' })).toBe(1));
    await eventually(() => expect(one.get(Listener).heard).toContain('news one'));
    expect(two.get(Listener).heard).toEqual([]);
  });

  it('is refused on a request-scoped provider', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @OnRedisMessage('news')
      hear(): void {}
    }
    await expect(start({ providers: [PerRequest] })).rejects.toThrow(/PerRequest\.hear/);
  });

  it('finishes what came when the application ends', async () => {
    const held = latch();
    const done: string[] = [];
    @Injectable()
    class Slow {
      @OnRedisMessage('work')
      async hear(data: string): Promise<void> {
        await held.released;
        done.push(data);
      }
    }
    const app = await start({ providers: [Slow] });
    const pubSub = app.get(PubSub);
    await eventually(async () => expect(await pubSub.publish('work', 'first')).toBe(1));
    await pubSub.publish('work', 'second');
    const closing = app.close();
    held.release();
    await closing;
    expect(done).toEqual(expect.arrayContaining(['first']));
  });
});
