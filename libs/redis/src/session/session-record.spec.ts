import { describe, expect, it } from '@jest/globals';
import {
  checkValues,
  holdsContent,
  isSameContent,
  parseSession,
  serializeSession,
} from './session-record.js';

describe('parseSession', () => {
  it.each([
    ['', 'not JSON: SyntaxError'],
    ['{', 'not JSON: SyntaxError'],
    ['null', 'not an object'],
    ['[1]', 'not an object'],
    ['"text"', 'not an object'],
    ['{"userId":"alice"}', 'without a cookie object'],
    ['{"cookie":"x"}', 'without a cookie object'],
  ])('finds %j corrupt: %s', (stored, reason) => {
    expect(parseSession(stored)).toEqual({ kind: 'corrupt', reason });
  });

  it('reads bytes', () => {
    const record = { cookie: {}, name: 'Zoë' };
    const json = JSON.stringify(record);
    expect(parseSession(Buffer.from(json))).toEqual({ kind: 'session', record, json });
  });
});

describe('serializeSession', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;

  it.each([
    ['a BigInt', { amount: 1n }, 'amount'],
    ['a cycle', { fine: 1, cart: cyclic }, 'cart'],
  ])('names the key that holds %s', (_, keys, key) => {
    const session = { cookie: {}, ...keys };
    const refused = expect.objectContaining({
      code: 'SESSION_VALUE_UNSUPPORTED',
      message: expect.stringContaining(`\`${key}\``),
    });
    expect(() => serializeSession(session)).toThrow(refused);
  });
});

describe('checkValues', () => {
  it.each([
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['NaN', Number.NaN],
    ['Infinity', [1, { deep: Infinity }]],
    ['a RegExp', { deep: /x/ }],
    ['a symbol', [Symbol('x')]],
  ])('refuses %s and names its key', (what, value) => {
    expect(() => checkValues({ cookie: {}, fine: 1, odd: value })).toThrow(
      expect.objectContaining({
        code: 'SESSION_VALUE_UNSUPPORTED',
        message: expect.stringMatching(new RegExp(`${what}.*\`odd\``)),
      }),
    );
  });

  it('lets plain data pass, and what says itself how it becomes JSON', () => {
    const plain = {
      a: [null, true, 'x', { b: undefined }],
      at: new Date(),
      bytes: Buffer.from('x'),
    };
    expect(() => checkValues({ cookie: { expires: Infinity }, ...plain })).not.toThrow();
  });
});

describe('isSameContent', () => {
  const cookie = { originalMaxAge: 1, expires: 'now', secure: true };
  const session = { cookie, a: 1, list: [{ n: 1 }] };

  it.each([
    ['ignores when the cookie ends', { cookie: { ...session.cookie, expires: 'later' } }, true],
    [
      'ignores options of the configuration',
      { cookie: { ...session.cookie, secure: false } },
      true,
    ],
    ['ignores the notes of the store', { $meta: { createdAt: 1 } }, true],
    ['sees a lifetime', { cookie: { ...session.cookie, originalMaxAge: 2 } }, false],
    ['sees a value', { a: 2 }, false],
    ['sees a new key', { b: 2 }, false],
    ['sees a value within another one', { list: [{ n: 2 }] }, false],
    ['sees a key that went', { list: undefined }, false],
    ['takes equal values for the same', { list: [{ n: 1 }] }, true],
    ['takes a key without a value for none', { b: undefined }, true],
  ])('%s', (_, change, expected) => {
    const other = { ...session, ...change };
    expect(isSameContent(session, other)).toBe(expected);
    expect(isSameContent(other, session)).toBe(expected);
  });
});

describe('holdsContent', () => {
  it.each([
    [{}, false],
    [{ cookie: {}, $meta: { createdAt: 1 }, gone: undefined }, false],
    [{ cookie: {}, count: 0 }, true],
  ])('of %j is %s', (session, expected) => {
    expect(holdsContent(session)).toBe(expected);
  });
});
