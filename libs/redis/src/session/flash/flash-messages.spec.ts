import { describe, expect, it } from '@jest/globals';
import { MOST_MESSAGES, bagOf, entriesOf, mergeFlash, type FlashEntry } from './flash-messages.js';

const entry = (id: string): FlashEntry => ({ id, kind: 'info', message: `message ${id}` });
const list = (ids: string): readonly FlashEntry[] | undefined =>
  ids === '' ? undefined : ids.split('').map(entry);
const idsOf = (value: unknown): string =>
  entriesOf(value)
    .map(({ id }) => id)
    .join('');

describe('mergeFlash', () => {
  it.each([
    { what: 'both leave one', base: '', theirs: 'b', ours: 'a', merged: 'ba' },
    {
      what: 'they take what we had, and we leave one',
      base: 'a',
      theirs: '',
      ours: 'ab',
      merged: 'b',
    },
    {
      what: 'we take what we had, and they leave one',
      base: 'a',
      theirs: 'ab',
      ours: '',
      merged: 'b',
    },
    { what: 'both take different ones', base: 'ab', theirs: 'a', ours: 'b', merged: '' },
    { what: 'both take the same', base: 'a', theirs: '', ours: '', merged: '' },
    { what: 'ours is stored already', base: '', theirs: 'ab', ours: 'a', merged: 'ab' },
  ])('joins where $what', ({ base, theirs, ours, merged }) => {
    expect(idsOf(mergeFlash(list(base), list(theirs), list(ours)))).toBe(merged);
  });

  it('keeps the newest, where both leave as many as may wait', () => {
    const many = (who: string): readonly FlashEntry[] =>
      Array.from({ length: MOST_MESSAGES }, (_, index) => entry(`${who}${index} `));
    const [theirs, ours] = [many('t'), many('o')];
    expect(mergeFlash([], theirs, ours)).toEqual(ours);
    expect(mergeFlash([], theirs, ours.slice(0, 1))).toEqual([...theirs.slice(1), ours[0]]);
  });

  it('leaves no empty list behind', () => {
    expect(mergeFlash(list('a'), undefined, [])).toBeUndefined();
  });

  it('takes what is no list of messages for none', () => {
    expect(idsOf(mergeFlash('text', { a: 1 }, [null, 1, { id: 1 }, entry('a')]))).toBe('a');
  });
});

describe('bagOf', () => {
  it('keeps kinds that are names of object members as plain data', () => {
    const bag = bagOf([{ id: 'a', kind: '__proto__', message: 1 }]);
    expect(Object.keys(bag)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(bag)).toBe(Object.prototype);
  });
});
