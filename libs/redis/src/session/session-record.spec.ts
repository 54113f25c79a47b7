import { describe, expect, it } from '@jest/globals';
import { fingerprint, parseSession, serializeSession } from './session-record.js';

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
    expect(parseSession(Buffer.from(JSON.stringify(record)))).toEqual({ kind: 'session', record });
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
    expect(() => fingerprint(session)).toThrow(refused);
  });
});

describe('fingerprint', () => {
  it('ignores when the cookie ends, and sees everything else', () => {
    const session = { cookie: { originalMaxAge: 1, expires: 'now' }, a: 1 };
    const print = fingerprint(session);
    expect(fingerprint({ ...session, cookie: { ...session.cookie, expires: 'later' } })).toBe(
      print,
    );
    expect(fingerprint({ ...session, cookie: { ...session.cookie, originalMaxAge: 2 } })).not.toBe(
      print,
    );
    expect(fingerprint({ ...session, a: 2 })).not.toBe(print);
  });
});
