import { describe, expect, it } from '@jest/globals';
import { isFromOwnPage, type OriginRequest } from './request-origin.js';

const rules = { trustedOrigins: ['https://app.example'], trustProxy: undefined };
const request = (headers: Record<string, string>, rest: object = {}): OriginRequest => ({
  headers: { host: 'shop.example', ...headers },
  ...rest,
});
const tls = { socket: { encrypted: true } };

describe('isFromOwnPage', () => {
  it.each([
    ['no browser', request({}), true],
    ['its own page', request({ origin: 'https://shop.example' }, tls), true],
    [
      'the default port, written out',
      request({ origin: 'https://shop.example', host: 'shop.example:443' }, tls),
      true,
    ],
    [
      'a host in capitals',
      request({ origin: 'https://shop.example', host: 'SHOP.example' }, tls),
      true,
    ],
    [
      'a trusted page',
      request({ origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }),
      true,
    ],
    [
      'a host that only the trusted proxy knows',
      request({ origin: 'https://public.example' }, { host: 'public.example' }),
      true,
    ],
    ['a longer name', request({ origin: 'https://shop.example.evil.example' }), false],
    ['a subdomain', request({ origin: 'https://x.shop.example' }), false],
    ['a plain page of its own host', request({ origin: 'http://shop.example' }, tls), false],
    [
      'a forwarded host that no proxy is trusted for',
      request({ origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }),
      false,
    ],
    ['an opaque origin', request({ origin: 'null' }), false],
    ['an empty origin', request({ origin: '' }), false],
    ['a file', request({ origin: 'file://shop.example' }), false],
    [
      'a neighbor, whatever its origin says',
      request({ origin: 'https://shop.example', 'sec-fetch-site': 'same-site' }, tls),
      false,
    ],
    ['an unknown word', request({ 'sec-fetch-site': 'next-door' }), false],
  ])('judges %s', (_, one, expected) => {
    expect(isFromOwnPage(one, rules)).toBe(expected);
  });

  it('takes the forwarded host of a proxy that is trusted', () => {
    const forwarded = {
      origin: 'https://public.example',
      'x-forwarded-host': 'public.example, inner',
    };
    expect(isFromOwnPage(request(forwarded), { ...rules, trustProxy: true })).toBe(true);
  });
});
