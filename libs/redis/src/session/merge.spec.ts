import { describe, expect, it } from '@jest/globals';
import { mergeSessions } from './merge.js';
import type { SessionRecord } from './session.types.js';

const cookie = { originalMaxAge: null, expires: null, secure: false };
const session = (keys: object): SessionRecord => ({ cookie, ...keys });

describe('mergeSessions', () => {
  it.each([
    ['keeps what both added', {}, { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [
      'keeps my change beside their change',
      { a: 1, b: 1 },
      { a: 2, b: 1 },
      { a: 1, b: 2 },
      { a: 2, b: 2 },
    ],
    ['keeps their change of what I left alone', { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ['lets mine win where both changed one key', { a: 1 }, { a: 2 }, { a: 3 }, { a: 2 }],
    ['drops what I removed', { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 1, c: 1 }, { b: 1, c: 1 }],
    ['drops what they removed', { a: 1 }, { a: 1, b: 1 }, {}, { b: 1 }],
    ['keeps my change of what they removed', { a: 1 }, { a: 2 }, {}, { a: 2 }],
    ['drops what I removed and they changed', { a: 1 }, {}, { a: 2 }, {}],
    ['compares deeply', { a: [{ x: 1 }] }, { a: [{ x: 1 }] }, { a: [{ x: 2 }] }, { a: [{ x: 2 }] }],
    ['tells null from absent', { a: 1 }, { a: null }, { a: 1 }, { a: null }],
    ['keeps falsy values', {}, { a: 0, b: '' }, { c: false }, { a: 0, b: '', c: false }],
  ])('%s', (_, base, mine, theirs, merged) => {
    expect(mergeSessions(session(base), session(mine), session(theirs))).toEqual(session(merged));
  });

  it('adds mine to theirs when there is no common base', () => {
    const merged = mergeSessions(undefined, session({ a: 1, b: 1 }), session({ b: 2, c: 2 }));
    expect(merged).toEqual(session({ a: 1, b: 1, c: 2 }));
  });

  it('takes my cookie, with a lifetime that only they changed', () => {
    const mine = { cookie: { ...cookie, secure: true } };
    const theirs = { cookie: { ...cookie, originalMaxAge: 5000, expires: 'soon' } };
    expect(mergeSessions(session({}), mine, theirs).cookie).toEqual({
      originalMaxAge: 5000,
      expires: 'soon',
      secure: true,
    });
    expect(mergeSessions(session({}), theirs, mine).cookie).toEqual(theirs.cookie);
  });

  it('keeps the beginning that is stored, so that no merge extends the absolute timeout', () => {
    const mine = session({ $meta: { createdAt: 2 } });
    expect(mergeSessions(session({}), mine, session({ $meta: { createdAt: 1 } })).$meta).toEqual({
      createdAt: 1,
    });
    expect(mergeSessions(session({}), mine, session({})).$meta).toEqual({ createdAt: 2 });
  });

  it('treats a stored `__proto__` as plain data', () => {
    const theirs = JSON.parse('{"cookie":{},"__proto__":{"isAdmin":true}}') as SessionRecord;
    const merged = mergeSessions(session({}), session({ a: 1 }), theirs);
    expect(merged['isAdmin']).toBeUndefined();
  });

  it('writes the cookie where the read script looks for its lifetime: first', () => {
    const merged = mergeSessions(session({}), session({ a: 1 }), session({ b: 1 }));
    expect(Object.keys(merged)[0]).toBe('cookie');
  });
});
