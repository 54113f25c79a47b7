import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, type ModuleMetadata } from '@nestjs/common';
import {
  getMessageStreamToken,
  OnStreamMessage,
  RedisModule,
  type ConnectionOptions,
  type MessageStream,
  type StreamMessage,
  type StreamOptions,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import { startCluster } from 'nestjs-redis-kit/testing';
import { RedisServer } from '../support/redis-server.js';

const KEY = 'app:stream:{orders}';
const QUICK: StreamOptions = { claimAfter: '1s', retryAfter: '10ms' };

let redis: RedisServer;
const cleanUps: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  await redis.stop();
});

async function start(
  options: StreamOptions = QUICK,
  metadata: ModuleMetadata = {},
  connection: ConnectionOptions = redis.url,
): Promise<MessageStream<unknown>> {
  const imports = [RedisModule.forFeature({ streams: { orders: options } })];
  const app = await startApp(
    { connection, structures: { deadline: '10s' } },
    { ...metadata, imports },
  );
  cleanUps.push(() => app.close());
  return app.get<MessageStream<unknown>>(getMessageStreamToken('orders'));
}

describe('a stream', () => {
  it('gives each message to one consumer of each group, also what came before the group', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await one.publish({ n: 0 });
    const mailer: unknown[] = [];
    const counter: unknown[] = [];
    for (const stream of [one, two]) {
      stream.consume({ group: 'mailer', concurrency: 3 }, (data) => mailer.push(data));
      stream.consume({ group: 'counter' }, (data) => counter.push(data));
    }
    for (let n = 1; n < 30; n += 1) await two.publish({ n });
    const numbers = Array.from({ length: 30 }, (_, n) => n);
    for (const seen of [mailer, counter])
      await eventually(() => {
        expect(seen.map((data) => (data as { n: number }).n).toSorted((a, b) => a - b)).toEqual(
          numbers,
        );
      });
    // What every group is done with does not stay.
    await eventually(async () => {
      expect(await one.status()).toEqual({
        length: 0,
        deadLetters: 0,
        pending: { counter: 0, mailer: 0 },
      });
    });
  });

  it('keeps what one group has not had', async () => {
    const stream = await start();
    const held = latch();
    stream.consume({ group: 'fast' }, () => undefined);
    stream.consume({ group: 'slow' }, (data) => (data === 'done' ? undefined : held.released));
    await stream.publish('done');
    const ids = [await stream.publish('a'), await stream.publish('b')];
    // What both had is removed by now.
    await eventually(async () => {
      expect(await stream.status()).toMatchObject({ length: 2, pending: { fast: 0, slow: 1 } });
    });
    expect(await redis.use((client) => client.xrange(KEY, '-', '+'))).toEqual(
      ids.map((id, at) => [id, ['d', JSON.stringify('ab'[at])]]),
    );
    held.release();
    await eventually(async () => expect((await stream.status()).length).toBe(0));
  });

  it('tries again what failed, and makes a dead letter of what never works', async () => {
    const deadLetters: unknown[] = [];
    const listen = (event: unknown): unknown => deadLetters.push(event);
    subscribe('nestjs-redis-kit:stream:dead-letter', listen);
    const stream = await start({ ...QUICK, maxDeliveries: 3 });
    const tries: string[] = [];
    const consumption = stream.consume({ group: 'g' }, (data, message) => {
      tries.push(`${String(data)} ${message.deliveries}`);
      if (data === 'bad' || message.deliveries < 2) throw new Error('no luck');
    });
    const other: unknown[] = [];
    stream.consume({ group: 'other' }, (data) => other.push(data));
    await stream.publish('good');
    const bad = await stream.publish('bad');
    const letters = await eventually(async () => {
      const found = await stream.deadLetters();
      expect(found).toHaveLength(1);
      return found;
    });
    expect(tries.toSorted()).toEqual(['bad 1', 'bad 2', 'bad 3', 'good 1', 'good 2']);
    const letter = { messageId: bad, group: 'g', text: '"bad"', error: 'no luck', deliveries: 3 };
    expect(letters).toEqual([{ id: expect.any(String), ...letter }]);
    expect(deadLetters).toEqual([{ stream: 'orders', group: 'g', id: bad }]);
    unsubscribe('nestjs-redis-kit:stream:dead-letter', listen);
    await consumption.close();
    // Retried for its own group alone.
    const again: unknown[] = [];
    stream.consume({ group: 'g' }, (data) => again.push(data));
    expect(await stream.retryDeadLetter(letters[0]!.id)).toBe(true);
    expect(await stream.retryDeadLetter(letters[0]!.id)).toBe(false);
    await eventually(() => expect(again).toEqual(['bad']));
    await eventually(async () => {
      expect(await stream.status()).toMatchObject({ length: 0, deadLetters: 0 });
    });
    expect(other).toEqual(['good', 'bad']);
    expect(await stream.discardDeadLetter('1-1')).toBe(false);
  });

  it('does not pause at what it passes over: letters of other groups, and what killed its consumers', async () => {
    const stream = await start({ ...QUICK, maxDeliveries: 1 });
    const many = Array.from({ length: 40 });
    await redis.use(async (client) => {
      await client.xgroup('CREATE', KEY, 'g', '0', 'MKSTREAM');
      for (const _ of many) {
        const id = (await client.xadd(KEY, '*', 'd', '"deadly"'))!;
        await client.xreadgroup('GROUP', 'g', 'dead', 'STREAMS', KEY, '>');
        const state = ['IDLE', '60000', 'RETRYCOUNT', '9'] as const;
        await client.call('XCLAIM', KEY, 'g', 'dead', '0', id, ...state);
      }
      for (const _ of many) await client.xadd(KEY, '*', 'd', '"foreign"', 'g', 'other');
      await client.xadd(KEY, '*', 'd', '"last"');
    });
    const seen: unknown[] = [];
    stream.consume({ group: 'g' }, (data) => seen.push(data));
    // With a pause of a second at each it would take more than a minute.
    await eventually(() => expect(seen).toEqual(['last']));
    expect((await stream.status()).deadLetters).toBe(many.length);
  });

  it('makes a dead letter of what fails without a text', async () => {
    const stream = await start({ ...QUICK, maxDeliveries: 1 });
    const messages = [5, Symbol('why'), { code: 1 }, undefined];
    stream.consume({ group: 'g' }, (at: unknown) => {
      throw Object.assign(new Error('x'), { message: messages[at as number] });
    });
    for (const at of messages.keys()) await stream.publish(at);
    await eventually(async () => {
      const errors = (await stream.deadLetters()).map(({ error }) => error);
      expect(errors.toSorted()).toEqual(['5', 'Symbol(why)', 'an object of Object', 'missing']);
    });
  });

  it('makes a dead letter of what cannot be read', async () => {
    const stream = await start({ ...QUICK, maxDeliveries: 1 });
    stream.consume({ group: 'g' }, () => undefined);
    await redis.use((client) => client.xadd(KEY, '*', 'd', 'no json'));
    await eventually(async () => {
      expect(await stream.deadLetters()).toMatchObject([{ text: 'no json', deliveries: 1 }]);
    });
  });

  it('leaves a message to a handler that is slow and alive', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    const held = latch();
    const deliveries: number[] = [];
    const handler = (_data: unknown, message: StreamMessage<unknown>): Promise<void> => {
      deliveries.push(message.deliveries);
      return held.released;
    };
    one.consume({ group: 'g' }, handler);
    two.consume({ group: 'g' }, handler);
    await one.publish('slow');
    await eventually(() => expect(deliveries).toEqual([1]));
    // Long enough that a message without a sign of life would be taken over; 60 reads of the other consumer, at least two of them late.
    const began = await redis.use((client) => client.time());
    await eventually(async () => {
      const now = await redis.use((client) => client.time());
      expect(Number(now[0]) - Number(began[0])).toBeGreaterThan(3);
    });
    expect(deliveries).toEqual([1]);
    held.release();
    await eventually(async () => expect((await one.status()).length).toBe(0));
  });

  it('refuses what is too much instead of losing what is there', async () => {
    const stream = await start({ maxLength: 2 });
    await stream.publish(1);
    await stream.publish(2);
    await expect(stream.publish(3)).rejects.toMatchObject({ code: 'STREAM_FULL' });
    expect((await stream.status()).length).toBe(2);
    const seen: unknown[] = [];
    stream.consume({ group: 'late' }, (data) => seen.push(data));
    await eventually(() => stream.publish(4));
    await eventually(() => expect(seen).toEqual([1, 2, 4]));
  });

  it('goes on after Redis lost everything', async () => {
    const stream = await start();
    const seen: unknown[] = [];
    stream.consume({ group: 'g' }, (data) => seen.push(data));
    await stream.publish('before');
    await eventually(() => expect(seen).toEqual(['before']));
    await redis.restart();
    await eventually(() => stream.publish('after'));
    await eventually(() => expect(seen).toContain('after'));
  });

  it('works on a Cluster', async () => {
    const cluster = await startCluster({ replicas: 0 });
    cleanUps.push(() => cluster.stop());
    const stream = await start({ ...QUICK, maxDeliveries: 1 }, {}, cluster.connection);
    const seen: unknown[] = [];
    stream.consume({ group: 'g' }, (data) => {
      seen.push(data);
      if (data === 'bad') throw new Error('no');
    });
    await eventually(() => stream.publish('good'));
    await stream.publish('bad');
    await eventually(() => expect(seen).toEqual(expect.arrayContaining(['good', 'bad'])));
    await eventually(async () => {
      expect(await stream.status()).toMatchObject({ length: 0, deadLetters: 1 });
    });
    const [letter] = await stream.deadLetters();
    expect(await stream.retryDeadLetter(letter!.id)).toBe(true);
  }, 60_000);

  it.each([
    [{ group: '' }, 'group'],
    [{ group: 'a b' }, 'group'],
    [{ group: 'a', concurrency: 0 }, 'concurrency'],
  ])('refuses to be read with %j', async (options, path) => {
    const stream = await start();
    expect(() => stream.consume(options, () => undefined)).toThrow(path);
  });
});

describe('@OnStreamMessage', () => {
  it('reads on any provider', async () => {
    @Injectable()
    class Mailer {
      readonly sent: string[] = [];

      @OnStreamMessage('orders', { group: 'mailer' })
      send(data: string, { deliveries }: StreamMessage<string>): void {
        this.sent.push(`${data} ${deliveries}`);
      }
    }
    const mailer = new Mailer();
    const stream = await start(QUICK, { providers: [{ provide: Mailer, useValue: mailer }] });
    await stream.publish('one');
    await eventually(() => expect(mailer.sent).toEqual(['one 1']));
  });

  it('is refused for a stream that nobody configured', async () => {
    @Injectable()
    class Lost {
      @OnStreamMessage('nowhere', { group: 'g' })
      hear(): void {}
    }
    await expect(start(QUICK, { providers: [Lost] })).rejects.toMatchObject({
      code: 'STRUCTURE_NOT_FOUND',
    });
  });
});
