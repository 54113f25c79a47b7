import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UnansweredEnds, type UnansweredEnd } from './unanswered-ends.js';

const END: UnansweredEnd = { name: 'one', end: { kind: 'destroyed' }, mark: 'ended:30000:mine' };

describe('ends without a reply', () => {
  let marks: Map<string, string>;
  let asked: string[];
  let told: string[];
  let isDown: boolean;
  let isLost: boolean;
  let ends: UnansweredEnds;

  beforeEach(() => {
    jest.useFakeTimers();
    [marks, asked, told, isDown, isLost] = [new Map(), [], [], false, false];
    ends = new UnansweredEnds({
      markOf: async (name) => {
        asked.push(name);
        if (isLost) throw new Error('Connection is closed.');
        return marks.get(name) ?? null;
      },
      happened: ({ name }) => told.push(name),
      isDown: () => isDown,
    });
  });
  afterEach(() => {
    ends.stop();
    jest.useRealTimers();
  });

  const rounds = (count: number): Promise<void> => jest.advanceTimersByTimeAsync(1000 * count);

  it('are told once, where their own mark stands', async () => {
    marks.set('one', END.mark);
    ends.add(END);
    await rounds(10);
    expect([told, asked]).toEqual([['one'], ['one']]);
  });

  it.each(['ended:30000:of another', ''])('are not told where the mark is "%s"', async (mark) => {
    marks.set('one', mark);
    ends.add(END);
    await rounds(10);
    expect([told, asked.length]).toEqual([[], 3]);
  });

  it('are told where they took place after the first question', async () => {
    ends.add(END);
    await rounds(1);
    marks.set('one', END.mark);
    await rounds(1);
    expect(told).toEqual(['one']);
  });

  it('wait for as long as Redis gives no answer, and ask nothing while it is known to be down', async () => {
    [isLost, isDown] = [true, true];
    ends.add(END);
    await rounds(100);
    expect(asked).toEqual([]);
    isDown = false;
    await rounds(10);
    expect(asked.length).toBe(10);
    isLost = false;
    marks.set('one', END.mark);
    await rounds(1);
    expect(told).toEqual(['one']);
  });

  it('leaves an expiry to the sweeper', async () => {
    marks.set('one', '');
    ends.add({ ...END, mark: '' });
    await rounds(3);
    expect([told, asked]).toEqual([[], []]);
  });

  it('asks nothing after the end of the application', async () => {
    marks.set('one', END.mark);
    ends.add(END);
    ends.stop();
    await rounds(3);
    expect([told, asked]).toEqual([[], []]);
  });
});
