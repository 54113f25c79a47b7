import { describe, expect, it } from '@jest/globals';
import { decideRequest, type RequestFacts } from './http-cache-policy.js';

const request = (over: Partial<RequestFacts> = {}): RequestFacts => ({
  method: 'GET',
  headers: {},
  hasSession: false,
  ...over,
});

const withHeader = (name: string): RequestFacts => request({ headers: { [name]: 'x' } });

describe('decideRequest', () => {
  it.each([
    ['RFC 9111 2: a plain GET', request(), undefined, 'lookup'],
    ['RFC 9110 9.3.2: a HEAD', request({ method: 'HEAD' }), undefined, 'lookup'],
    ['RFC 9111 4: a POST', request({ method: 'POST' }), undefined, 'method'],
    ['RFC 9111 4: a POST on a public route', request({ method: 'POST' }), 'public', 'method'],
    ['RFC 9110 9.3.7: an OPTIONS', request({ method: 'OPTIONS' }), 'public', 'method'],
    ['RFC 9110 14.2: a Range request', withHeader('range'), 'public', 'range'],
    ['RFC 9110 7.8: an upgrade', withHeader('upgrade'), 'public', 'upgrade'],
    ['RFC 9111 4.3.2: If-Match', withHeader('if-match'), 'public', 'precondition'],
    [
      'RFC 9111 4.3.2: If-Unmodified-Since',
      withHeader('if-unmodified-since'),
      'public',
      'precondition',
    ],
    ['RFC 9110 13.1.5: If-Range', withHeader('if-range'), 'public', 'precondition'],
    ['RFC 9111 4.3.2: If-None-Match', withHeader('if-none-match'), 'public', 'lookup'],
    ['RFC 9111 4.3.2: If-Modified-Since', withHeader('if-modified-since'), 'public', 'lookup'],
    [
      'RFC 9111 3.5: Authorization without a scope',
      withHeader('authorization'),
      undefined,
      'authorization',
    ],
    ['RFC 9111 3.5: Authorization with a scope', withHeader('authorization'), 'user', 'lookup'],
    ['a session without a scope', request({ hasSession: true }), undefined, 'session'],
    ['a session with a scope', request({ hasSession: true }), 'public', 'lookup'],
  ] as const)('%s', (_, facts, scope, expected) => {
    const decision = decideRequest(facts, scope);
    expect(decision.kind === 'lookup' ? 'lookup' : decision.reason).toBe(expected);
  });
});
