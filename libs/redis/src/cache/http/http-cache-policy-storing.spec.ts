import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property, shuffledSubarray, string } from 'fast-check';
import { decideResponse, type ResponseFacts, type ResponsePolicy } from './http-cache-policy.js';

const NOW = Date.UTC(1994, 10, 6, 8, 49, 37);
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

const heuristic = { freshness: 'heuristic' } as const;
const modified = { 'last-modified': MINUTE_EARLIER };

describe('decideResponse by status', () => {
  it.each([200, 203, 204, 300, 301, 308])('under the TTL of the route: %i', (status) => {
    expect(lifetimeOrReason({ status })).toBe(5_000);
  });

  it.each([201, 202, 205, 302, 303, 307, 400, 401, 403, 404, 405, 410, 414, 500, 501, 503])(
    'RFC 9111 3: not under the TTL of the route, with a lifetime of its own: %i',
    (status) => {
      expect(lifetimeOrReason({ status })).toBe('status');
      expect(lifetimeOrReason({ status, cc: 'max-age=60' })).toBe(60_000);
      expect(lifetimeOrReason({ status, headers: { expires: MINUTE_LATER } })).toBe(60_000);
    },
  );

  it.each([
    ['RFC 9111 3: not final', 100],
    ['RFC 9111 3: not final', 103],
    ['RFC 9110 15.3.7: partial', 206],
    ['RFC 9110 15.4.5: not modified', 304],
    ['RFC 6585 7.2: precondition required', 428],
    ['RFC 6585 7.2: too many requests', 429],
    ['RFC 6585 7.2: fields too large', 431],
    ['RFC 6585 7.2: network authentication', 511],
    ['RFC 9111 5.2.2.3: not understood', 299],
    ['RFC 9111 5.2.2.3: not understood', 599],
  ])('%s: %i is never stored', (_, status) => {
    expect(lifetimeOrReason({ status, cc: 'public, max-age=60' })).toBe('status');
  });

  it.each([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])(
    'RFC 9110 15.1: %i is heuristically cacheable',
    (status) => {
      expect(lifetimeOrReason({ status, policy: heuristic, headers: modified })).toBe(6_000);
    },
  );

  it.each([201, 302, 307, 400, 403, 500, 503])(
    'RFC 9111 4.2.2: %i is not, unless it is marked public',
    (status) => {
      const given = { status, policy: heuristic, headers: modified };
      expect(lifetimeOrReason(given)).toBe('status');
      expect(lifetimeOrReason({ ...given, cc: 'public' })).toBe(6_000);
    },
  );
});

describe('decideResponse by content', () => {
  it.each<[string, Given, number | string]>([
    ['Set-Cookie', { headers: { 'set-cookie': ['a=1'] }, cc: 'public, max-age=60' }, 'set-cookie'],
    [
      'RFC 9111 5.2.2.4: Set-Cookie that is excepted',
      { headers: { 'set-cookie': ['a=1'] }, cc: 'no-cache="Set-Cookie", max-age=60' },
      60_000,
    ],
    ['RFC 9111 4.1: Vary: *', { headers: { vary: 'Accept, *' } }, 'vary'],
    ['RFC 9111 4.1: Vary: * in lines', { headers: { vary: ['Accept', '*'] } }, 'vary'],
    ['RFC 9111 4.1: Vary that nothing can be selected by', { facts: { vary: ['*'] } }, 'vary'],
    ['RFC 9111 4.1: Vary', { headers: { vary: 'Accept' }, facts: { vary: ['accept'] } }, 5_000],
    ['RFC 9111 3.3: Content-Range', { headers: { 'content-range': 'bytes 0-1/2' } }, 'partial'],
    [
      'an event stream',
      { headers: { 'content-type': 'Text/Event-Stream; charset=utf-8' } },
      'event-stream',
    ],
    ['another type', { headers: { 'content-type': 'text/event-streams' } }, 5_000],
    ['a nonce', { headers: { 'content-security-policy': "script-src 'nonce-abc'" } }, 'nonce'],
    [
      'a nonce in the second line',
      { headers: { 'content-security-policy': ["default-src 'self'", "script-src 'NONCE-abc'"] } },
      'nonce',
    ],
    [
      'a nonce of a report',
      { headers: { 'content-security-policy-report-only': "script-src 'nonce-abc'" } },
      'nonce',
    ],
    [
      'a policy without a nonce',
      { headers: { 'content-security-policy': "default-src 'self'" } },
      5_000,
    ],
  ])('%s', (_, given, expected) => {
    expect(lifetimeOrReason(given)).toBe(expected);
  });
});

describe('decideResponse, fuzzed', () => {
  const harmless = [
    'public', 'max-age=60', 'MAX-AGE="60"', 's-maxage=60', 'immutable', 'no-transform', 'private="x-a"',
    'no-cache="x-a"', 'ext="private, no-store"', 'stale-if-error=9', 'must-revalidate', '',
  ]; // prettier-ignore
  const forbidding = ['private', 'PRIVATE', 'no-store', 'No-Store', 'private=""', 'private; x'];

  it('RFC 9111 3: stores nothing that one directive forbids, wherever it stands', () => {
    assert(
      property(
        shuffledSubarray([...harmless, ...forbidding]),
        constantFrom(',', ', ', ' ,\t'),
        (directives, comma) => {
          const isForbidden = directives.some((directive) => forbidding.includes(directive));
          const { kind } = decide({ cc: directives.join(comma), headers: modified });
          expect(kind).toBe(isForbidden ? 'pass' : 'store');
        },
      ),
    );
  });

  it('never throws, whatever the fields hold', () => {
    const names = ['cache-control', 'expires', 'date', 'age', 'last-modified', 'vary', 'etag'];
    assert(
      property(array(string(), { minLength: 7, maxLength: 7 }), (values) => {
        const headers = Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
        return ['store', 'pass'].includes(decide({ headers, policy: heuristic }).kind);
      }),
    );
  });
});
