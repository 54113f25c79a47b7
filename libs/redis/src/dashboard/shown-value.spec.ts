import { expect, it } from '@jest/globals';
import { shownValue } from './shown-value.js';

const seen = (value: unknown): unknown => JSON.parse(shownValue(value));

it('hides what its name says is secret, however deep', () => {
  const value = {
    name: 'Ada',
    passwordHash: 'x1',
    login: { accessToken: 'x2', list: [{ api_key: 'x3' }], at: new Map([['sessionId', 'x4']]) },
    headers: [
      ['set-cookie', 'x5'],
      ['content-type', 'text/html'],
    ],
    body: Buffer.from('{"secret":"x6","price":3}'),
  };
  const text = shownValue(value);
  expect(text).not.toMatch(/x\d/);
  expect(seen(value)).toMatchObject({
    name: 'Ada',
    passwordHash: '(hidden)',
    headers: [
      ['set-cookie', '(hidden)'],
      ['content-type', 'text/html'],
    ],
    body: { secret: '(hidden)', price: 3 },
  });
});

it('hides it in JSON that is kept as text, and in lists of names and values', () => {
  const text = shownValue({
    row: JSON.stringify({ id: 7, password: 'x1' }),
    twice: JSON.stringify(JSON.stringify({ jwt: 'x2' })),
    jar: [{ name: 'session-token', value: 'x3', path: '/' }],
    accessKeyId: 'x4',
  });
  expect(text).not.toMatch(/x\d/);
  expect(JSON.parse(text)).toMatchObject({ row: { id: 7 }, jar: [{ path: '/' }] });
  expect(seen('{ no JSON')).toBe('{ no JSON');
  expect(seen('"quoted" and more')).toBe('"quoted" and more');
});

it('cuts what is long or deep, and shows bytes by their length', () => {
  let deep: unknown = 'end';
  for (let at = 0; at < 50; at += 1) deep = { deep };
  expect(shownValue(deep)).not.toContain('end');
  expect(String(seen('y'.repeat(5000)))).toMatch(/^y{2000}… 5000 characters$/);
  expect(seen(Array.from({ length: 300 }, () => 1))).toHaveLength(201);
  expect(seen(Buffer.from([0xff, 0xfe]))).toBe('(2 bytes)');
  expect(shownValue(Array.from({ length: 150 }, () => 'z'.repeat(1000))).length).toBeLessThan(
    51_000,
  );
});

it('shows what JSON has no word for', () => {
  expect(shownValue(undefined)).toBe('undefined');
  expect(seen({ big: 5n, day: new Date(0), set: new Set([1]) })).toEqual({
    big: '5n',
    day: '1970-01-01T00:00:00.000Z',
    set: [1],
  });
  expect(seen(new Date(Number.NaN))).toBe('Invalid Date');
});
