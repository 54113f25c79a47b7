import { describe, expect, it } from '@jest/globals';
import { generationsOf, isCurrent, isStorable, tagGeneration } from './entry.js';

const entry = {
  generations: [
    { name: 'a', value: '1' },
    { name: 'b', value: '2' },
  ],
};

describe('an entry', () => {
  it.each([
    ['all are equal', { a: '1', b: '2' }, true],
    ['one is another', { a: '1', b: '3' }, false],
    ['one is lost', { a: '1' }, false],
    ['all are lost', {}, false],
  ])('when of its generations %s', (_, current, expected) => {
    expect(isCurrent(entry, new Map(Object.entries(current)))).toBe(expected);
  });

  it('without generations is always current', () => {
    expect(isCurrent({ generations: [] }, new Map())).toBe(true);
  });

  it('whose generations Redis did not tell is not for Redis, and never current', () => {
    const unknown = { generations: generationsOf(['a', 'b'], new Map([['a', '1']])) };
    expect(isStorable(unknown)).toBe(false);
    expect(
      isCurrent(
        unknown,
        new Map([
          ['a', '1'],
          ['b', '2'],
        ]),
      ),
    ).toBe(false);
    expect(isStorable({ generations: generationsOf(['a'], new Map([['a', '1']])) })).toBe(true);
  });
});

describe('a tag', () => {
  it.each(['', 'x'.repeat(501), 1, null])('%p is refused', (tag) => {
    expect(() => tagGeneration(tag as string)).toThrow(/1 to 500 characters/);
  });
});
