import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeCounter, mergeCounts, mergeList } from './mergers.js';
import { mergeSessions } from './merge.js';

describe('mergeCounter', () => {
  it.each([
    [5, 7, 6, 8],
    [5, 4, 3, 2],
    [undefined, 2, 3, 5],
    [5, undefined, 7, 2],
    ['text', 2, 3, 5],
    [5, 7, undefined, undefined],
  ])('from %p: theirs %p and ours %p make %p', (base, theirs, ours, merged) => {
    expect(mergeCounter(base, theirs, ours)).toBe(merged);
  });
});

describe('mergeList', () => {
  it.each([
    ['keeps what both added, theirs first', ['a'], ['a', 'b'], ['a', 'c'], ['a', 'b', 'c']],
    ['keeps a removal beside an addition', ['a', 'b'], ['a', 'b', 'c'], ['b'], ['b', 'c']],
    ['keeps both removals', ['a', 'b', 'c'], ['b', 'c'], ['a', 'b'], ['b']],
    ['counts entries that are alike', ['a'], ['a', 'a'], ['a', 'a'], ['a', 'a', 'a']],
    ['compares entries by content', [{ x: 1 }], [{ x: 1 }, { y: 1 }], [], [{ y: 1 }]],
    ['starts from nothing', undefined, ['a'], ['b'], ['a', 'b']],
    ['takes ours where theirs is no list', ['a'], 'text', ['b'], ['b']],
    ['removes the key that we removed', ['a'], ['a', 'b'], undefined, undefined],
  ])('%s', (_, base, theirs, ours, merged) => {
    expect(mergeList(base, theirs, ours)).toEqual(merged);
  });
});

describe('mergeCounts', () => {
  it.each([
    ['adds up both changes', { tea: 1 }, { tea: 3 }, { tea: 2 }, { tea: 4 }],
    ['keeps both new entries', {}, { tea: 1 }, { mug: 2 }, { tea: 1, mug: 2 }],
    ['drops what ends at zero', { tea: 2 }, { tea: 1 }, { tea: 1 }, {}],
    ['drops what was removed', { tea: 1 }, { tea: 1, mug: 1 }, {}, { mug: 1 }],
    [
      'takes `__proto__` for a name',
      {},
      JSON.parse('{"__proto__":1}'),
      {},
      JSON.parse('{"__proto__":1}'),
    ],
    ['takes ours where theirs is no object', {}, [1], { tea: 1 }, { tea: 1 }],
  ])('%s', (_, base, theirs, ours, merged) => {
    expect(mergeCounts(base, theirs, ours)).toEqual(merged);
  });
});

describe('any merger', () => {
  const changes = fc.array(fc.record({ by: fc.integer({ min: 1, max: 9 }) }), { maxLength: 4 });

  it('gives each list the additions of the other, whoever comes first', () => {
    fc.assert(
      fc.property(changes, changes, changes, (base, mine, theirs) => {
        const one = mergeList(base, [...base, ...theirs], [...base, ...mine]) as unknown[];
        expect(one).toHaveLength(base.length + mine.length + theirs.length);
      }),
    );
  });

  it('is asked only where both sides changed its key, and its failure names the key', () => {
    const cookie = { originalMaxAge: null };
    const mergers = {
      visits: mergeCounter,
      broken: (): never => {
        throw new Error('no');
      },
    };
    const base = { cookie, visits: 1, broken: 1 };
    const merged = mergeSessions(base, { ...base, visits: 2 }, { ...base, broken: 2 }, mergers);
    expect(merged).toEqual({ cookie, visits: 2, broken: 2 });
    const both = mergeSessions(base, { ...base, visits: 2 }, { ...base, visits: 4 }, mergers);
    expect(both).toEqual({ cookie, visits: 5, broken: 1 });
    expect(() =>
      mergeSessions(base, { ...base, broken: 2 }, { ...base, broken: 3 }, mergers),
    ).toThrow(expect.objectContaining({ message: expect.stringContaining('`broken`') }));
  });
});
