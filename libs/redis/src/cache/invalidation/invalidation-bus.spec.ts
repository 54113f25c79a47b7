import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CacheKeySpace } from '../../common/key-space.js';
import type { RedisClient } from '../../connection/redis-client.js';
import { FailureLog } from '../../common/failure-log.js';
import { FailurePolicy } from '../failure-policy.js';
import { InvalidationBus } from './invalidation-bus.js';
import { encodeMessage, type Invalidation } from './invalidation-message.js';

/** A listening connection as the bus sees it. */
class Subscriber extends EventEmitter {
  readonly status = 'wait';
  disconnects = 0;
  isAnswering = true;
  subscribe = (): Promise<number> => this.#answer(2);
  ping = (): Promise<string> => this.#answer('PONG');

  disconnect(): void {
    this.disconnects += 1;
  }

  #answer<T>(value: T): Promise<T> {
    return this.isAnswering ? Promise.resolve(value) : Promise.reject(new Error('timed out'));
  }
}

const generations: Invalidation = { kind: 'generations', names: ['tag:a'] };
let subscriber: Subscriber;
let bus: InvalidationBus;
let story: string[];
let sent: string[];
let failure: Error | undefined;

beforeEach(async () => {
  subscriber = new Subscriber();
  [story, sent, failure] = [[], [], undefined];
  const client = { publish: async (_: string, text: string) => sent.push(text) };
  bus = new InvalidationBus({
    gate: {
      isOpen: false,
      run: async (operation) => {
        if (failure) throw failure;
        return operation(client as unknown as RedisClient);
      },
    },
    subscriber: subscriber as unknown as RedisClient,
    keys: new CacheKeySpace('c:'),
    failures: new FailurePolicy('bus', new FailureLog(() => undefined)),
  });
  bus.listen({
    invalidated: ({ names }) => story.push(names.join()),
    reset: () => story.push('reset'),
  });
  bus.start();
});

async function subscribe(): Promise<void> {
  subscriber.emit('ready');
  await new Promise(setImmediate);
  story = [];
}

function receive(node: string, sequence: number): void {
  const text = encodeMessage({ node, sequence, invalidation: generations });
  subscriber.emit('message', 'c:bus', text);
}

describe('InvalidationBus', () => {
  it('counts as subscribed between the subscription and the end of the connection', async () => {
    expect(bus.isSubscribed).toBe(false);
    await subscribe();
    expect(bus.isSubscribed).toBe(true);
    subscriber.emit('close');
    expect(bus.isSubscribed).toBe(false);
  });

  it('forgets everything at each new subscription', async () => {
    await subscribe();
    subscriber.emit('close');
    subscriber.emit('ready');
    await new Promise(setImmediate);
    expect(story).toEqual(['reset']);
  });

  it('hands on messages whose numbers follow each other, per sender', async () => {
    await subscribe();
    for (const [node, sequence] of [
      ['x', 1],
      ['y', 1],
      ['x', 2],
    ] as const)
      receive(node, sequence);
    expect(story).toEqual(['tag:a', 'tag:a', 'tag:a']);
  });

  it.each([
    ['a gap', [1, 3]],
    ['a repetition', [1, 1]],
    ['a late first one', [7]],
  ])('forgets everything at %s in the numbers', async (_, sequences) => {
    await subscribe();
    for (const sequence of sequences) receive('x', sequence);
    expect(story.filter((line) => line === 'reset')).toHaveLength(1);
  });

  it('forgets everything at a message it cannot read', async () => {
    await subscribe();
    subscriber.emit('message', 'c:bus', 'hello');
    expect(story).toEqual(['reset']);
  });

  it('leaves messages of other channels on the same connection alone', async () => {
    await subscribe();
    subscriber.emit('message', 'index:sess:events', 'hello');
    expect(story).toEqual([]);
  });

  it('numbers its messages, those that did not get out too', async () => {
    await bus.publish(generations);
    failure = new Error('ECONNREFUSED');
    expect(await bus.publish(generations)).toBe(false);
    failure = undefined;
    expect(await bus.publish(generations)).toBe(true);
    expect(sent.map((text) => (JSON.parse(text) as { sequence: number }).sequence)).toEqual([1, 3]);
  });

  it('does not ask for another try where Redis refuses its messages', async () => {
    failure = Object.assign(new Error('NOPERM'), { name: 'ReplyError' });
    expect(await bus.publish(generations)).toBe(true);
  });

  it('does not hear itself', async () => {
    await subscribe();
    await bus.publish(generations);
    subscriber.emit('message', 'c:bus', sent[0]);
    expect(story).toEqual([]);
  });

  it('gives up a connection that has gone quiet, and does not count as subscribed from then on', async () => {
    await subscribe();
    await bus.beat();
    expect([bus.isSubscribed, subscriber.disconnects]).toEqual([true, 0]);
    subscriber.isAnswering = false;
    await bus.beat();
    expect([bus.isSubscribed, subscriber.disconnects]).toEqual([false, 1]);
  });

  it('tries another connection when it cannot subscribe', async () => {
    subscriber.isAnswering = false;
    await subscribe();
    expect([bus.isSubscribed, subscriber.disconnects]).toEqual([false, 1]);
  });

  it('hears nothing after its end, and still tells its own process', async () => {
    await subscribe();
    bus.stop();
    receive('x', 5);
    expect([bus.isSubscribed, story]).toEqual([false, []]);
    bus.announce(generations);
    expect(story).toEqual(['tag:a']);
  });
});
