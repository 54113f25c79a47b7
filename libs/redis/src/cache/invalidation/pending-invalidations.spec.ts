import { beforeEach, describe, expect, it } from '@jest/globals';
import { CacheKeySpace } from '../../common/key-space.js';
import type { RedisClient } from '../../connection/redis-client.js';
import type { Invalidation } from './invalidation-message.js';
import { PendingInvalidations } from './pending-invalidations.js';

/** What Redis was asked to remove, in order. */
let unlinked: string[][];
let published: Invalidation[];
/** What this node was told, and how often Redis had been asked by then. */
let announced: [Invalidation, number][];
/** Thrown by Redis while it is set. */
let outage: Error | undefined;
let isPublishing: boolean;
let pending: PendingInvalidations;

const client = {
  unlink: async (...keys: string[]) => unlinked.push(keys),
  call: async (...args: unknown[]) => unlinked.push(['lease', String(args[3]), String(args[4])]),
} as unknown as RedisClient;

beforeEach(() => {
  [unlinked, published, announced, outage, isPublishing] = [[], [], [], undefined, true];
  pending = new PendingInvalidations({
    gate: {
      isOpen: false,
      run: async (operation) => {
        if (outage) throw outage;
        return operation(client);
      },
    },
    keys: new CacheKeySpace('c:'),
    publish: async (invalidation) => {
      published.push(invalidation);
      return isPublishing;
    },
    announce: (invalidation) => announced.push([invalidation, unlinked.length]),
  });
});

const entries = (...names: string[]): Invalidation => ({ kind: 'entries', cache: 'shop', names });
const generations = (...names: string[]): Invalidation => ({ kind: 'generations', names });

describe('pending invalidations', () => {
  it('are carried out, and told to the other nodes, before the next operation', async () => {
    pending.add(entries('a'));
    pending.add(generations('tag:x'));
    const result = await pending.run(async () => {
      expect(unlinked.flat()).toEqual([
        'c:entry:shop:{a}',
        'c:lease:shop:{a}',
        'c:generation:{tag:x}',
      ]);
      return 'read';
    });
    expect(result).toBe('read');
    expect(published).toEqual([entries('a'), generations('tag:x')]);
    expect(pending.isEmpty).toBe(true);
  });

  it('stay, and keep every operation away from Redis, as long as it cannot be reached', async () => {
    pending.add(entries('a'));
    outage = new Error('ECONNREFUSED');
    await expect(pending.run(async () => 'stale')).rejects.toBe(outage);
    outage = undefined;
    expect(await pending.run(async () => 'read')).toBe('read');
    expect(unlinked).toHaveLength(1);
  });

  it('are tried again by an application that ends, until Redis takes them', async () => {
    pending.add(entries('a'));
    outage = new Error('ECONNREFUSED');
    const settled = pending.settleWithin(5000);
    await Promise.resolve();
    outage = undefined;
    expect(await settled).toBe(true);
    expect(published).toEqual([entries('a')]);
  });

  it('do not hold an application that ends for longer than they may', async () => {
    pending.add(entries('a'));
    outage = new Error('ECONNREFUSED');
    expect(await pending.settleWithin(20)).toBe(false);
    expect(pending.isEmpty).toBe(false);
  });

  it('are settled once for all who wait', async () => {
    pending.add(entries('a'));
    await Promise.all([pending.run(async () => 1), pending.run(async () => 2), pending.settle()]);
    expect(unlinked).toHaveLength(1);
  });

  it('that come in while others are settled are settled too, before anybody reads', async () => {
    pending.add(entries('a'));
    const settling = pending.settle();
    pending.add(entries('b'));
    await pending.run(async () => {
      expect(unlinked.flat()).toContain('c:entry:shop:{b}');
    });
    await settling;
  });

  it('give a generation a value of its own until Redis knows, another one each time', async () => {
    expect(pending.hasLocalGenerations).toBe(false);
    pending.add(generations('tag:x'));
    const first = pending.localGeneration('tag:x');
    pending.add(generations('tag:x'));
    const second = pending.localGeneration('tag:x');
    expect(first).toBeDefined();
    expect(second).not.toBe(first);
    expect(pending.localGeneration('tag:y')).toBeUndefined();
    outage = new Error('ECONNREFUSED');
    await pending.settle().catch(() => undefined);
    expect(pending.localGeneration('tag:x')).toBe(second);
    outage = undefined;
    const settled = pending.settle();
    expect([pending.localGeneration('tag:x'), pending.hasLocalGenerations]).toEqual([second, true]);
    await settled;
    expect(pending.localGeneration('tag:x')).toBeUndefined();
    expect(pending.hasLocalGenerations).toBe(false);
  });

  it('become the clearing of the cache when there are too many of its keys', async () => {
    for (let index = 0; index <= 1000; index += 1) pending.add(entries(`key ${index}`));
    pending.add(entries('one more'));
    expect(pending.localGeneration('cache:shop')).toBeDefined();
    await pending.settle();
    expect(unlinked).toEqual([['c:generation:{cache:shop}']]);
    // This node knows of the keys, and not yet that the whole cache ended.
    expect(announced).toEqual([[generations('cache:shop'), 1]]);
  });

  it('become the clearing of every cache when there are too many tags', async () => {
    pending.addCache('shop');
    pending.addCache('http');
    for (let index = 0; index <= 1000; index += 1) pending.add(generations(`tag:${index}`));
    await pending.settle();
    expect(unlinked).toEqual([['c:generation:{cache:shop}', 'c:generation:{cache:http}']]);
  });

  it('are removed in batches, so that a long list does not take longer than the deadline', async () => {
    pending.add(entries(...Array.from({ length: 500 }, (_, index) => String(index))));
    await pending.settle();
    expect(unlinked.map((keys) => keys.length)).toEqual([400, 400, 200]);
  });

  it('stay when the other nodes could not be told', async () => {
    pending.add(entries('a'));
    isPublishing = false;
    await pending.settle();
    expect(pending.isEmpty).toBe(false);
    isPublishing = true;
    await pending.settle();
    expect(pending.isEmpty).toBe(true);
    expect(published).toHaveLength(2);
  });

  it('are not tried at every operation where Redis refuses them', async () => {
    pending.add(entries('a'));
    const refusal = Object.assign(new Error('READONLY replica'), { name: 'ReplyError' });
    outage = refusal;
    await expect(pending.run(async () => 1)).rejects.toBe(refusal);
    outage = undefined;
    await expect(pending.run(async () => 1)).rejects.toBe(refusal);
  });

  it('give back a lease whose grant was not heard of', async () => {
    pending.addLease('c:lease:shop:{a}', 'token');
    await pending.settle();
    expect(unlinked).toEqual([['lease', 'c:lease:shop:{a}', 'token']]);
  });
});
