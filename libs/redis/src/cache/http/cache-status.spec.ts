import { describe, expect, it } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { cacheStatus, type ServedAs } from './cache-status.js';

const CACHE = 'nestjs-redis-kit';

describe('cacheStatus', () => {
  it.each<[string, ServedAs, string]>([
    ['RFC 9211 2.1: a hit', { kind: 'hit', ttlSeconds: 376 }, '; hit; ttl=376'],
    ['RFC 9211 2.4: stale', { kind: 'hit', ttlSeconds: -412 }, '; hit; ttl=-412'],
    ['RFC 9211 2.4: an Integer', { kind: 'hit', ttlSeconds: -0.5 }, '; hit; ttl=-1'],
    [
      'RFC 9211 2.2: a miss',
      { kind: 'forward', reason: 'uri-miss', isStored: false },
      '; fwd=uri-miss',
    ],
    [
      'RFC 9211 2.2: no such variant',
      { kind: 'forward', reason: 'vary-miss', isStored: false },
      '; fwd=vary-miss',
    ],
    [
      'RFC 9211 2.3: validated',
      { kind: 'forward', reason: 'stale', forwardStatus: 304, isStored: true },
      '; fwd=stale; fwd-status=304; stored',
    ],
    [
      'RFC 9211 2.5: stored',
      { kind: 'forward', reason: 'request', ttlSeconds: 60, isStored: true },
      '; fwd=request; ttl=60; stored',
    ],
    [
      'RFC 9211 2.6: collapsed',
      { kind: 'forward', reason: 'uri-miss', isStored: false, isCollapsed: true },
      '; fwd=uri-miss; collapsed',
    ],
    [
      'RFC 9211 2.6: collapsed in vain',
      { kind: 'forward', reason: 'uri-miss', isStored: false, isCollapsed: false },
      '; fwd=uri-miss; collapsed=?0',
    ],
    [
      'RFC 9211 2.7: a key',
      { kind: 'hit', ttlSeconds: 1, key: '["a\\b"]' },
      '; hit; ttl=1; key="[\\"a\\\\b\\"]"',
    ],
    [
      'RFC 9211 2.7: a key beyond ASCII',
      { kind: 'hit', ttlSeconds: 1, key: 'é\n\u{1f600}' },
      '; hit; ttl=1; key="%c3%a9%0a%f0%9f%98%80"',
    ],
    [
      'RFC 9211 2.8: detail as a Token',
      { kind: 'forward', reason: 'bypass', isStored: false, detail: 'set-cookie' },
      '; fwd=bypass; detail=set-cookie',
    ],
    [
      'RFC 9211 2.8: detail as a String',
      { kind: 'forward', reason: 'method', isStored: false, detail: 'not for me' },
      '; fwd=method; detail="not for me"',
    ],
    [
      'RFC 9651 3.3.4: a Token begins with a letter',
      { kind: 'hit', ttlSeconds: 1, detail: '1a' },
      '; hit; ttl=1; detail="1a"',
    ],
  ])('%s', (_, served, expected) => {
    expect(cacheStatus(served)).toBe(CACHE + expected);
  });

  it('RFC 9651 4.1.6: a String is printable ASCII, whatever the key holds', () => {
    assert(
      property(string({ unit: 'binary' }), (key) => {
        expect(cacheStatus({ kind: 'hit', ttlSeconds: 1, key })).toMatch(
          /; key="(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"$/,
        );
      }),
    );
  });
});
