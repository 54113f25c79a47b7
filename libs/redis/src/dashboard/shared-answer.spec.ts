import { expect, it } from '@jest/globals';
import { SharedAnswer } from './shared-answer.js';

function counted(
  freshMs: number,
  fails = false,
): { answer: SharedAnswer<number>; asked: () => number } {
  let asked = 0;
  const ask = async (): Promise<number> => {
    asked += 1;
    await Promise.resolve();
    if (fails) throw new Error('no');
    return asked;
  };
  return { answer: new SharedAnswer(ask, freshMs), asked: () => asked };
}

it('asks once for all who come while it asks, and for those who come soon after', async () => {
  const { answer, asked } = counted(60_000);
  expect(await Promise.all([answer.get(), answer.get(), answer.get()])).toEqual([1, 1, 1]);
  expect(await answer.get()).toBe(1);
  expect(asked()).toBe(1);
});

it('asks anew when the answer is old, or was to be forgotten', async () => {
  const old = counted(0);
  await old.answer.get();
  expect(await old.answer.get()).toBe(2);
  const changed = counted(60_000);
  await changed.answer.get();
  changed.answer.forget();
  expect(await changed.answer.get()).toBe(2);
});

it('passes on no answer that was asked for before it was to be forgotten', async () => {
  const { answer } = counted(60_000);
  const before = answer.get();
  answer.forget();
  expect(await before).toBe(1);
  expect(await answer.get()).toBe(2);
  expect(await answer.get()).toBe(2);
});

it('keeps no failure', async () => {
  const { answer, asked } = counted(60_000, true);
  await expect(answer.get()).rejects.toThrow('no');
  await expect(answer.get()).rejects.toThrow('no');
  expect(asked()).toBe(2);
});
