import { beforeEach, describe, expect, it } from '@jest/globals';
import { CacheKeySpace } from '../../common/key-space.js';
import type { RedisClient } from '../../connection/redis-client.js';
import type { Generation } from '../entry.js';
import { Generations } from './generations.js';

let inRedis: Map<string, string>;
let asked: string[][];
let local: Map<string, string>;
let isSubscribed: boolean;
/** Runs after Redis has answered and before the answer arrives. */
let onTheWay: () => void;
let generations: Generations;

const name = (redisKey: string): string => /\{(.+)\}/.exec(redisKey)![1]!;

const client = {
  mget: async (...keys: string[]) => {
    asked.push(keys.map(name));
    const values = keys.map((key) => inRedis.get(name(key)) ?? null);
    onTheWay();
    return values;
  },
  call: async (...args: string[]) => {
    const [asks, made] = [name(args[3]!), args[4]!];
    asked.push([asks]);
    if (!inRedis.has(asks)) inRedis.set(asks, made);
    const value = inRedis.get(asks);
    onTheWay();
    return value;
  },
  unlink: async (...keys: string[]) => keys.forEach((key) => inRedis.delete(name(key))),
} as unknown as RedisClient;

beforeEach(() => {
  [inRedis, asked, local, isSubscribed] = [new Map(), [], new Map(), true];
  onTheWay = () => undefined;
  generations = new Generations({
    gate: { isOpen: false, run: (operation) => operation(client) },
    keys: new CacheKeySpace('c:'),
    local: (asks) => local.get(asks),
    hasLocal: () => local.size > 0,
    mayTrustMemory: () => isSubscribed,
  });
});

describe('generations', () => {
  it('are made where there are none, and remembered', async () => {
    const made = await generations.ensure(['tag:a', 'tag:b'], 1000);
    expect([...made.keys()]).toEqual(['tag:a', 'tag:b']);
    expect(await generations.current(['tag:a', 'tag:b'])).toEqual(made);
    expect(asked).toEqual([['tag:a'], ['tag:b']]);
  });

  it('are never made by reading, and asked for together', async () => {
    expect(await generations.current(['tag:a', 'tag:b'])).toEqual(new Map());
    expect(asked).toEqual([['tag:a', 'tag:b']]);
    expect(inRedis.size).toBe(0);
  });

  it('get another value after a removal', async () => {
    const before = (await generations.ensure(['tag:a'], 1000)).get('tag:a');
    await generations.remove(['tag:a']);
    generations.invalidated({ kind: 'generations', names: ['tag:a'] });
    const after = (await generations.ensure(['tag:a'], 1000)).get('tag:a');
    expect(after).not.toBe(before);
  });

  it('are asked for again while messages may be missed, and after a reset', async () => {
    await generations.ensure(['tag:a'], 1000);
    isSubscribed = false;
    expect(generations.known('tag:a')).toBeUndefined();
    isSubscribed = true;
    expect(generations.known('tag:a')).toBeDefined();
    generations.reset();
    expect(generations.known('tag:a')).toBeUndefined();
  });

  it('are not remembered when an invalidation overtook the answer', async () => {
    inRedis.set('tag:a', 'old');
    onTheWay = () => generations.invalidated({ kind: 'generations', names: ['tag:a'] });
    await generations.current(['tag:a']);
    expect(generations.known('tag:a')).toBeUndefined();
  });

  it('have the value of this process where Redis does not know of an invalidation', async () => {
    inRedis.set('tag:a', 'old');
    local.set('tag:a', 'local');
    isSubscribed = false;
    expect(await generations.current(['tag:a'])).toEqual(new Map([['tag:a', 'local']]));
    expect(asked).toEqual([]);
  });

  it('are asked for again where an entry disagrees, and only there', async () => {
    inRedis.set('tag:a', '1').set('tag:b', '2');
    await generations.current(['tag:a', 'tag:b']);
    generations.doubt([
      { name: 'tag:a', value: '1' },
      { name: 'tag:b', value: 'another' },
    ]);
    expect([generations.known('tag:a'), generations.known('tag:b')]).toEqual(['1', undefined]);
  });

  describe('where an entry carries a value that ended', () => {
    const old = [
      { name: 'cache:c', value: '1' },
      { name: 'tag:a', value: 'old' },
    ];
    beforeEach(async () => {
      inRedis.set('cache:c', '1');
      await generations.current(['cache:c']);
      asked = [];
    });

    it.each([
      ['there is none', () => inRedis.delete('tag:a')],
      ['there is another one', () => inRedis.set('tag:a', 'new')],
    ])('ask once, and then say it for every entry that carries it: %s', async (_, end) => {
      end();
      for (const carried of [old, [...old], old.toReversed()]) {
        generations.doubt(carried);
        expect(await generations.judge(carried)).toBe('outdated');
      }
      expect(asked).toEqual([['tag:a']]);
    });

    it('go on to know the value that holds now', async () => {
      inRedis.set('tag:a', 'new');
      await generations.judge(old);
      generations.doubt(old);
      expect(generations.known('tag:a')).toBe('new');
    });

    it('ask about any other value', async () => {
      await generations.judge(old);
      inRedis.set('tag:a', 'new');
      expect(await generations.judge([{ name: 'tag:a', value: 'new' }])).toBe('current');
      expect(asked).toEqual([['tag:a'], ['tag:a']]);
    });

    it('ask again after a reset', async () => {
      await generations.judge(old);
      generations.reset();
      inRedis.set('tag:a', 'old');
      expect(await generations.judge(old)).toBe('current');
    });

    it('take it back once Redis is seen to have gone back to it', async () => {
      await generations.judge(old);
      inRedis.set('tag:a', 'old');
      await generations.ensure(['tag:a'], 1000);
      generations.invalidated({ kind: 'generations', names: ['tag:a'] });
      expect(await generations.judge(old)).toBe('current');
    });

    it('do not say it of one that this process alone ended so far', async () => {
      inRedis.set('tag:a', 'old');
      local.set('tag:a', 'local');
      expect(await generations.judge(old)).toBe('outdated');
      local.clear();
      expect(await generations.judge(old)).toBe('current');
    });
  });

  it('judge an entry as one by one, whatever happened since it was judged last', async () => {
    const random = seeded(8);
    const pick = <T>(all: readonly T[]): T => all[random(all.length)]!;
    const names = ['cache:c', 'tag:a', 'tag:b'];
    const lists = ['1', '2'].map((value) => names.map((asks) => ({ name: asks, value })));
    const ended = new Map<string, string>();
    const invalidate = (asks: string): void => {
      const [isTrusted, here] = [isSubscribed, local.get(asks)];
      isSubscribed = true;
      local.delete(asks);
      const known = generations.known(asks);
      if (known !== undefined) ended.set(asks, known);
      isSubscribed = isTrusted;
      if (here !== undefined) local.set(asks, here);
      generations.invalidated({ kind: 'generations', names: [asks] });
    };
    const ask = async (): Promise<void> => {
      const before = asked.length;
      await generations.current(names);
      for (const asks of asked.slice(before).flat())
        if (ended.get(asks) === inRedis.get(asks)) ended.delete(asks);
    };
    const happen: (() => unknown)[] = [
      () => inRedis.set(pick(names), pick(['1', '2'])),
      ask,
      () => invalidate(pick(names)),
      () => generations.doubt(pick(lists)),
      () => local.set(pick(names), pick(['1', '2'])),
      () => local.clear(),
      () => (isSubscribed = !isSubscribed),
      () => random(10) === 0 && generations.reset(),
    ];
    const seen = { current: 0, outdated: 0, unknown: 0 };
    for (let steps = 0; steps < 5000; steps += 1) {
      await pick(happen)();
      for (const list of lists) {
        const verdict = generations.verdict(list);
        expect(verdict).toBe(oneByOne(list, ended));
        seen[verdict] += 1;
      }
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });
});

/** @param ended what messages have ended that was known, and that Redis was not seen to hold since */
function oneByOne(carried: readonly Generation[], ended: ReadonlyMap<string, string>): string {
  const known = carried.map(({ name: asks }) => generations.known(asks));
  const isOutdated = ({ name: asks, value }: Generation, at: number): boolean =>
    known[at] === undefined ? ended.get(asks) === value : known[at] !== value;
  if (carried.some(isOutdated)) return 'outdated';
  return known.includes(undefined) ? 'unknown' : 'current';
}

/** The same numbers below a limit in each run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
