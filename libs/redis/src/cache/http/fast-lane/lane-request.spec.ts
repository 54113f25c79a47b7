import { describe, expect, it } from '@jest/globals';
import { hasDirectives, isAsSent, laneKey, type LaneRequest } from './lane-request.js';

const options = { selectors: [], trusts: () => true };
const request = (over: Partial<LaneRequest> = {}): LaneRequest => ({
  method: 'GET',
  url: '/a?b=1',
  headers: { host: 'shop.example' },
  isEncrypted: false,
  ...over,
});
const withHeader = (name: string, value = 'x'): LaneRequest =>
  request({ headers: { host: 'shop.example', [name]: value } });

describe('laneKey', () => {
  it.each<[string, LaneRequest]>([
    ['another method', request({ method: 'HEAD' })],
    ['another target', request({ url: '/a?b=2' })],
    ['another spelling of the query', request({ url: '/a?b=1&' })],
    ['another host', withHeader('host', 'b.example')],
    ['no host', request({ headers: {} })],
    ['https', request({ isEncrypted: true })],
    ['a forwarded host', withHeader('x-forwarded-host')],
    ['a forwarded protocol', withHeader('x-forwarded-proto')],
  ])('is another one for %s', (_, other) => {
    const key = laneKey(request(), options);
    expect(key).toBeDefined();
    expect(laneKey(other, options)).toBeDefined();
    expect(laneKey(other, options)).not.toBe(key);
  });

  it('tells a forwarded host from a forwarded protocol, and both from an untrusted one', () => {
    const distrust = { ...options, trusts: () => false };
    const keys = [
      laneKey(withHeader('x-forwarded-host'), options),
      laneKey(withHeader('x-forwarded-proto'), options),
      laneKey(withHeader('x-forwarded-host'), distrust),
    ];
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe(laneKey(request(), distrust));
  });

  it('goes by the headers that select a handler', () => {
    const selecting = { ...options, selectors: ['x-version'] };
    expect(laneKey(withHeader('x-version', '1'), selecting)).not.toBe(
      laneKey(withHeader('x-version', '2'), selecting),
    );
  });

  it('asks for trust only where it matters', () => {
    const trusts = (): boolean => {
      throw new Error('asked');
    };
    expect(laneKey(request(), { ...options, trusts })).toBeDefined();
  });

  it.each([
    'authorization', 'origin', 'range', 'if-match', 'if-unmodified-since', 'if-range', 'upgrade', 'expect',
    'content-length', 'transfer-encoding',
  ])('is none for a request with %s', (name) => {
    expect(laneKey(withHeader(name), options)).toBeUndefined();
  }); // prettier-ignore

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'get'])(
    'is none for %s',
    (method) => {
      expect(laneKey(request({ method }), options)).toBeUndefined();
    },
  );
});

describe('hasDirectives', () => {
  it.each([
    ['cache-control', true],
    ['pragma', true],
    ['accept', false],
  ])('%s: %p', (name, expected) => {
    expect(hasDirectives({ [name]: 'x' })).toBe(expected);
  });
});

describe('isAsSent', () => {
  const sent = (rawHeaders: string[], value?: string): boolean =>
    isAsSent('x-a', { headers: { 'x-a': value }, rawHeaders });

  it.each<[string, boolean, string[], string | undefined]>([
    ['the same', true, ['Host', 'a', 'X-A', '1'], '1'],
    ['absent', true, ['Host', 'x-a'], undefined],
    ['changed', false, ['X-A', '1'], '2'],
    ['added', false, ['Host', 'a'], '1'],
    ['taken away', false, ['X-A', '1'], undefined],
    ['of two lines', false, ['X-A', '1', 'x-a', '1'], '1'],
  ])('%s: %p', (_, expected, rawHeaders, value) => {
    expect(sent(rawHeaders, value)).toBe(expected);
  });
});
