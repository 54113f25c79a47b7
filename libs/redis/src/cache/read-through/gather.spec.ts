import { describe, expect, it } from '@jest/globals';
import { Gather } from './gather.js';

function newGather(mostKeys?: number): {
  calls: string[][];
  ask: (key: string) => Promise<string>;
} {
  const calls: string[][] = [];
  const gather = new Gather<string>((keys) => {
    calls.push([...keys]);
    return new Map(keys.filter((key) => key !== 'none').map((key) => [key, `of ${key}`]));
  }, mostKeys);
  return { calls, ask: (key) => gather.loader(key)() };
}

describe('Gather', () => {
  it('loads by one call what is asked for within one turn', async () => {
    const { calls, ask } = newGather();
    expect(await Promise.all([ask('a'), ask('none'), ask('b')])).toEqual([
      'of a',
      undefined,
      'of b',
    ]);
    expect(calls).toEqual([['a', 'none', 'b']]);
  });

  it('loads by another call what is asked for later, also while one runs', async () => {
    const { calls, ask } = newGather();
    await ask('a');
    await Promise.all([ask('b'), ask('c')]);
    expect(calls).toEqual([['a'], ['b', 'c']]);
  });

  it('loads no more than so many at a time', async () => {
    const { calls, ask } = newGather(2);
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask));
    expect(calls).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('tells everybody when the loader %s, and goes on afterwards', async (_, fail) => {
    let isFailing = true;
    const gather = new Gather<string>((keys) =>
      isFailing ? fail() : new Map(keys.map((key) => [key, key])),
    );
    const results = await Promise.allSettled(['a', 'b'].map((key) => gather.loader(key)()));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isFailing = false;
    expect(await gather.loader('a')()).toBe('a');
  });
});
