import { describe, expect, it } from '@jest/globals';
import {
  decideResponse,
  type ResponseFacts,
  type ResponsePolicy,
  type StoredMeta,
} from './http-cache-policy.js';

const NOW = Date.UTC(1994, 10, 6, 8, 49, 37);
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const MINUTE_LATER = 'Sun, 06 Nov 1994 08:50:37 GMT';
const MINUTE_EARLIER = 'Sun, 06 Nov 1994 08:48:37 GMT';

interface Given {
  readonly status?: number;
  /** The Cache-Control field. */
  readonly cc?: string | string[];
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly facts?: Partial<ResponseFacts>;
  readonly policy?: Partial<ResponsePolicy>;
}

function decide({ status = 200, cc, headers = {}, facts, policy }: Given) {
  const all = { ...headers, ...(cc === undefined ? {} : { 'cache-control': cc }) };
  return decideResponse(
    {
      status,
      headers: new Map(Object.entries(all)),
      vary: [],
      hasAuthorization: false,
      hasScope: false,
      requestedAt: NOW,
      respondedAt: NOW,
      ...facts,
    },
    { ttlMs: 5_000, freshness: 'ttl', targeted: [], ...policy },
  );
}

/** The lifetime of what is stored, else the reason why it is not. */
function lifetimeOrReason(given: Given): number | string {
  const decision = decide(given);
  return decision.kind === 'store' ? decision.meta.lifetimeMs : decision.reason;
}

function meta(given: Given): StoredMeta {
  const decision = decide(given);
  if (decision.kind === 'pass') throw new Error(`not stored: ${decision.reason}`);
  return decision.meta;
}

const etag = { etag: '"a"' };
const headersOnly = { freshness: 'headers' } as const;
const heuristic = { freshness: 'heuristic' } as const;
const modified = { 'last-modified': MINUTE_EARLIER };

describe('decideResponse by Cache-Control', () => {
  it.each<[string, Given, number | string]>([
    ['RFC 9111 5.2.2.5 no-store', { cc: 'max-age=60, No-Store' }, 'cache-control'],
    [
      'RFC 9111 5.2.2.5 no-store in the second line',
      { cc: ['max-age=60', 'no-store'] },
      'cache-control',
    ],
    [
      'RFC 9111 5.2.2.3 must-understand lifts no-store',
      { cc: 'must-understand, no-store, max-age=60' },
      60_000,
    ],
    [
      'RFC 9111 5.2.2.3 must-understand: a status that is not understood',
      { status: 299, cc: 'must-understand, no-store, max-age=60' },
      'status',
    ],
    ['RFC 9111 5.2.2.7 private', { cc: 'private, max-age=60' }, 'cache-control'],
    ['RFC 9111 5.2.2.7 private with field names', { cc: 'private="x-a", max-age=60' }, 60_000],
    [
      'RFC 9111 5.2.2.7 private with names and without',
      { cc: 'private="x-a", private' },
      'cache-control',
    ],
    ['RFC 9111 5.2: broken', { cc: 'private; max-age=600' }, 'cache-control'],
    [
      'RFC 9111 5.2: broken, beside what is right',
      { cc: 'public, max-age=600, =' },
      'cache-control',
    ],
    ['RFC 9111 5.2.3: extensions', { cc: 'x="private, no-store", y=1, max-age=60' }, 60_000],
    ['RFC 8246 2: immutable', { cc: 'max-age=60, immutable' }, 60_000],

    ['RFC 9111 4.2.1: s-maxage before max-age', { cc: 'max-age=100, s-maxage=60' }, 60_000],
    [
      'RFC 9111 4.2.1: max-age before Expires',
      { cc: 'max-age=9', headers: { expires: MINUTE_LATER } },
      9_000,
    ],
    [
      'RFC 9111 5.3: also before one in the past',
      { cc: 'max-age=60', headers: { expires: '0' } },
      60_000,
    ],
    ['RFC 9111 4.2.1: Expires', { headers: { expires: MINUTE_LATER, date: DATE } }, 60_000],
    ['RFC 9111 5.3: Expires: 0', { headers: { expires: '0' } }, 'cache-control'],
    [
      'RFC 9111 5.3: Expires: 0 beats the TTL of the route',
      { headers: { expires: '0', ...etag } },
      0,
    ],
    [
      'RFC 9111 4.2.1: two Expires',
      { headers: { expires: [MINUTE_LATER, MINUTE_LATER] } },
      'cache-control',
    ],
    ['RFC 9111 4.2.1: max-age=0', { cc: 'max-age=0' }, 'cache-control'],
    ['RFC 9111 4.2.1: s-maxage=0', { cc: 's-maxage=0, max-age=60' }, 'cache-control'],
    [
      'RFC 9111 4.2.1: s-maxage=0 with a validator',
      { cc: 's-maxage=0, max-age=60', headers: etag },
      0,
    ],
    ['RFC 9111 4.2.1: an invalid number', { cc: 'max-age=1.5' }, 'cache-control'],
    ['RFC 9111 4.2.1: twice', { cc: 'max-age=60, max-age=0' }, 'cache-control'],
    ['RFC 9111 4.3.1: max-age=0 with ETag', { cc: 'max-age=0', headers: etag }, 0],
    ['RFC 9111 4.3.1: max-age=0 with Last-Modified', { cc: 'max-age=0', headers: modified }, 0],
    ['RFC 9111 5.2.2.4 no-cache', { cc: 'no-cache' }, 5_000],
    ['RFC 9111 5.2.2.4 no-cache with max-age=0', { cc: 'no-cache, max-age=0' }, 0],
    ['RFC 5861 3: max-age=0 with a window', { cc: 'max-age=0, stale-while-revalidate=9' }, 0],
    [
      'RFC 9111 4.2.3: too old when it comes',
      { cc: 'max-age=60', headers: { age: '60' } },
      'cache-control',
    ],
    ['RFC 9111 4.2.3: old when it comes', { cc: 'max-age=60', headers: { age: '59' } }, 60_000],

    ['RFC 9111 4.2.2: headers mode, none named', { policy: headersOnly }, 'cache-control'],
    ['RFC 9111 4.2.2: headers mode, a validator', { policy: headersOnly, headers: etag }, 0],
    ['RFC 9111 4.2.2: headers mode, a lifetime', { policy: headersOnly, cc: 'max-age=60' }, 60_000],
    ['RFC 9111 4.2.2: heuristic mode', { policy: heuristic, headers: modified }, 6_000],
    [
      'RFC 9111 4.2.2: heuristic mode, explicit wins',
      { policy: heuristic, headers: modified, cc: 'max-age=0' },
      0,
    ],
    [
      'RFC 9111 4.2.2: heuristic mode without Last-Modified',
      { policy: heuristic },
      'cache-control',
    ],
  ])('%s', (_, given, expected) => {
    expect(lifetimeOrReason(given)).toBe(expected);
  });

  it.each<[string, string | undefined, boolean, number | string]>([
    ['without leave', 'max-age=60', false, 'authorization'],
    ['without any directive', undefined, false, 'authorization'],
    ['public', 'public, max-age=60', false, 60_000],
    ['s-maxage', 's-maxage=60', false, 60_000],
    ['must-revalidate', 'must-revalidate, max-age=60', false, 60_000],
    ['proxy-revalidate is no leave', 'proxy-revalidate, max-age=60', false, 'authorization'],
    ['a declared scope', 'max-age=60', true, 60_000],
    ['private stays private with a scope', 'private, max-age=60', true, 'cache-control'],
  ])('RFC 9111 3.5 Authorization: %s', (_, cc, hasScope, expected) => {
    expect(lifetimeOrReason({ cc, facts: { hasAuthorization: true, hasScope } })).toBe(expected);
  });

  it.each<[string, string, readonly string[]]>([
    ['RFC 9111 5.2.2.7 private with names', 'private="X-A, x-b"', ['x-a', 'x-b']],
    ['RFC 9111 5.2.2.4 no-cache with names', 'no-cache="Set-Cookie"', ['set-cookie']],
    ['both', 'private="x-a", no-cache="x-a, x-b"', ['x-a', 'x-b']],
    ['none', 'public', []],
  ])('fields that are not stored: %s', (_, cc, expected) => {
    expect(decide({ cc })).toMatchObject({ kind: 'store', omit: expected });
  });
});

describe('decideResponse by targeted fields', () => {
  const policy = { targeted: ['CDN-Cache-Control'] };
  it.each<[string, Given, number | string]>([
    [
      'RFC 9213 2.2: it overrides no-store',
      { policy, cc: 'no-store', headers: { 'cdn-cache-control': 'max-age=600' } },
      600_000,
    ],
    [
      'RFC 9213 2.2: it overrides a lifetime',
      { policy, cc: 'max-age=9', headers: { 'cdn-cache-control': 'no-store' } },
      'cache-control',
    ],
    [
      'RFC 9213 2.2: Expires does not count',
      { policy, headers: { 'cdn-cache-control': 'none', expires: MINUTE_LATER } },
      5_000,
    ],
    [
      'RFC 9213 2.1: broken, so Cache-Control counts',
      { policy, cc: 'max-age=9', headers: { 'cdn-cache-control': 'max-age=600,' } },
      9_000,
    ],
    [
      'RFC 9213 2.1: broken, so Expires counts',
      { policy, headers: { 'cdn-cache-control': 'A', expires: MINUTE_LATER } },
      60_000,
    ],
    [
      'RFC 9213 2.2: not on the list',
      { cc: 'max-age=9', headers: { 'cdn-cache-control': 'max-age=600' } },
      9_000,
    ],
    [
      'RFC 9213 2.2: private',
      { policy, headers: { 'cdn-cache-control': 'private' } },
      'cache-control',
    ],
  ])('%s', (_, given, expected) => {
    expect(lifetimeOrReason(given)).toBe(expected);
  });
});

describe('what is kept', () => {
  const policy = { staleWhileRevalidateMs: 1_000, staleIfErrorMs: 2_000 };
  it.each<[string, Given, Partial<StoredMeta>]>([
    [
      'RFC 9111 5.2.2.2 must-revalidate',
      { cc: 'must-revalidate' },
      { mustRevalidate: true, noCache: false },
    ],
    ['RFC 9111 5.2.2.8 proxy-revalidate', { cc: 'proxy-revalidate' }, { mustRevalidate: true }],
    [
      'RFC 9111 5.2.2.10 s-maxage',
      { cc: 's-maxage=60' },
      { mustRevalidate: true, lifetimeMs: 60_000 },
    ],
    [
      'RFC 9111 5.2.2.10 s-maxage with proxy-revalidate',
      { cc: 's-maxage=60, proxy-revalidate' },
      { mustRevalidate: true, lifetimeMs: 60_000 },
    ],
    ['RFC 9111 5.2.2.4 no-cache', { cc: 'no-cache' }, { noCache: true, mustRevalidate: false }],
    ['RFC 9111 5.2.2.4 no-cache with names', { cc: 'no-cache="x-a"' }, { noCache: false }],
    [
      'RFC 9111 4.2.3: the initial age',
      { cc: 'max-age=60', headers: { age: '9' } },
      { initialAgeMs: 9_000 },
    ],
    [
      'RFC 9111 4.2.3: by Date',
      { cc: 'max-age=90', headers: { date: MINUTE_EARLIER } },
      { initialAgeMs: 60_000 },
    ],
    ['RFC 5861: the windows of the route', { policy }, policy],
    ['RFC 5861: none', {}, { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }],
    [
      'RFC 5861: those of the answer win',
      { policy, cc: 'stale-while-revalidate=9, stale-if-error=0' },
      { staleWhileRevalidateMs: 9_000, staleIfErrorMs: 0 },
    ],
    [
      'RFC 9111 4.2.4: none with must-revalidate',
      { policy, cc: 'must-revalidate, stale-if-error=9' },
      { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 },
    ],
    [
      'RFC 9111 4.2.4: none with no-cache',
      { policy, cc: 'no-cache, stale-while-revalidate=9' },
      { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 },
    ],
    ['RFC 9111 4.1: the names of Vary', { facts: { vary: ['accept'] } }, { vary: ['accept'] }],
  ])('%s', (_, given, expected) => {
    expect(meta(given)).toMatchObject(expected);
  });
});
