import { describe, expect, it } from '@jest/globals';
import { decideRequest, decideResponse } from './http-cache-policy.js';

const request = (
  over: Partial<Parameters<typeof decideRequest>[0]> = {},
): Parameters<typeof decideRequest>[0] => ({
  method: 'GET',
  headers: {},
  hasSession: false,
  ...over,
});

describe('decideRequest', () => {
  it.each([
    ['a plain GET', request(), undefined, 'lookup'],
    ['a HEAD', request({ method: 'HEAD' }), undefined, 'lookup'],
    ['a POST', request({ method: 'POST' }), undefined, 'method'],
    ['a POST on a public route', request({ method: 'POST' }), 'public', 'method'],
    ['a Range request', request({ headers: { range: 'bytes=0-1' } }), 'public', 'range'],
    ['an upgrade', request({ headers: { upgrade: 'websocket' } }), 'public', 'upgrade'],
    [
      'Authorization without a scope',
      request({ headers: { authorization: 'Bearer x' } }),
      undefined,
      'authorization',
    ],
    [
      'Authorization with a scope',
      request({ headers: { authorization: 'Bearer x' } }),
      'user',
      'lookup',
    ],
    ['a session without a scope', request({ hasSession: true }), undefined, 'session'],
    ['a session with a scope', request({ hasSession: true }), 'public', 'lookup'],
  ] as const)('%s', (_, facts, scope, expected) => {
    const decision = decideRequest(facts, scope);
    expect(decision.kind === 'lookup' ? 'lookup' : decision.reason).toBe(expected);
  });
});

describe('decideResponse', () => {
  it.each([
    ['200', 200, {}, 60_000],
    ['203', 203, {}, 60_000],
    ['301', 301, {}, 60_000],
    ['206', 206, {}, 'status'],
    ['302', 302, {}, 'status'],
    ['304', 304, {}, 'status'],
    ['404', 404, {}, 'status'],
    ['500', 500, {}, 'status'],
    ['Set-Cookie', 200, { 'set-cookie': ['a=1'] }, 'set-cookie'],
    ['Vary: *', 200, { vary: '*' }, 'vary'],
    ['Content-Range', 200, { 'content-range': 'bytes 0-1/2' }, 'partial'],
    [
      'an event stream',
      200,
      { 'content-type': 'text/event-stream; charset=utf-8' },
      'event-stream',
    ],
    ['private', 200, { 'cache-control': 'Private' }, 'cache-control'],
    [
      'no-store in the second field line',
      200,
      { 'cache-control': ['max-age=5', 'no-store'] },
      'cache-control',
    ],
    ['max-age=0', 200, { 'cache-control': 'max-age=0' }, 'cache-control'],
    ['its own lifetime', 200, { 'cache-control': 's-maxage=5, max-age=100' }, 5_000],
  ])('%s', (_, status, headers, expected) => {
    const decision = decideResponse(
      {
        status,
        headers: new Map(Object.entries(headers as Record<string, string>)),
        vary: 'vary' in headers ? ['*'] : [],
        hasAuthorization: false,
        hasScope: false,
        requestedAt: 0,
        respondedAt: 0,
      },
      { ttlMs: 60_000, freshness: 'ttl', targeted: [] },
    );
    expect(decision.kind === 'store' ? decision.meta.lifetimeMs : decision.reason).toBe(expected);
  });
});
