import { describe, expect, it } from '@jest/globals';
import { acceptedCodings, isCompressible, mayBeEncoded } from './content-coding.js';
import type { HeaderList, StoredAnswer } from './stored-response.js';

const ALL = ['br', 'gzip'] as const;

describe('Accept-Encoding by RFC 9110 section 12.5.3', () => {
  it.each([
    // The header, the codings in the order of preference, whether identity is refused.
    [undefined, [], false],
    ['', [], false],
    ['identity', [], false],
    ['compress, deflate', [], false],
    ['gzip', ['gzip'], false],
    ['gzip, deflate, br, zstd', ['br', 'gzip'], false],
    ['GZip', ['gzip'], false],
    ['*', ['br', 'gzip'], false],
    ['*;q=0.5, gzip', ['gzip', 'br'], false],
    ['br;q=0.8, gzip;q=0.9', ['gzip', 'br'], false],
    ['br;q=0.5, gzip;q=0.5', ['br', 'gzip'], false],
    ['gzip, br;q=0', ['gzip'], false],
    ['br;q=0.000, *', ['gzip'], false],
    ['gzip;q=0.001', ['gzip'], false],
    // Identity is more welcome.
    ['gzip;q=0.5, identity', [], false],
    ['br, gzip;q=0.3, identity;q=0.5', ['br'], false],
    // As welcome: the server chooses.
    ['identity, gzip', ['gzip'], false],
    ['gzip, identity;q=0', ['gzip'], true],
    ['gzip, *;q=0', ['gzip'], true],
    ['*;q=0', [], true],
    ['identity;q=0', [], true],
    ['identity;q=0.5, *;q=0', [], false],
    ['  gzip ; q=1.0 ,br;q=0.9 ', ['gzip', 'br'], false],
    [',gzip,,', ['gzip'], false],
    ['gzip;q=x', [], false],
    [`${'x, '.repeat(100)}gzip`, ['gzip'], false],
  ] as const)('%j', (field, codings, refusesIdentity) => {
    expect(acceptedCodings(field, ALL)).toEqual({ codings, refusesIdentity });
    // The second time from memory.
    expect(acceptedCodings(field, ALL)).toEqual({ codings, refusesIdentity });
  });

  it('x-gzip is gzip (section 8.4.1.3)', () => {
    expect(acceptedCodings('x-gzip, br;q=0', ALL).codings).toEqual(['gzip']);
  });

  it('prefers among equals what the route names first, and offers nothing else', () => {
    expect(acceptedCodings('br, gzip', ['gzip', 'br']).codings).toEqual(['gzip', 'br']);
    expect(acceptedCodings('br, gzip', ['gzip']).codings).toEqual(['gzip']);
    expect(acceptedCodings('br, gzip', []).codings).toEqual([]);
  });
});

describe('a compressible type', () => {
  it.each([
    ['text/html; charset=utf-8', true],
    ['TEXT/CSS', true],
    ['application/json', true],
    ['application/problem+json;charset=utf-8', true],
    ['application/atom+xml', true],
    ['image/svg+xml', true],
    ['text/javascript', true],
    ['application/javascript', true],
    ['application/wasm', true],
    ['application/x-ndjson', true],
    ['font/ttf', true],
    ['font/woff2', false],
    ['image/png', false],
    ['application/zip', false],
    ['application/octet-stream', false],
    ['text/event-stream', false],
    ['x/jsonish+jsonx', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (type, expected) => {
    expect(isCompressible(type)).toBe(expected);
  });
});

function answer(
  headers: HeaderList,
  { status = 200, vary = [] }: { status?: number; vary?: readonly string[] } = {},
): StoredAnswer {
  const meta = {
    lifetimeMs: 0,
    initialAgeMs: 0,
    mustRevalidate: false,
    noCache: false,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    vary,
  };
  const body = Buffer.from('{}');
  return { kind: 'answer', status, headers, body, meta, downstream: undefined, encoded: {} };
}

describe('an answer may be encoded', () => {
  const json = ['content-type', 'application/json'] as const;

  it('when its type compresses', () => {
    expect(mayBeEncoded(answer([json]))).toBe(true);
    expect(mayBeEncoded(answer([json], { status: 404 }))).toBe(true);
    expect(mayBeEncoded(answer([['content-type', 'image/png']]))).toBe(false);
  });

  it.each([204, 206, 304])('not with status %s', (status) => {
    expect(mayBeEncoded(answer([json], { status }))).toBe(false);
  });

  it.each([
    ['RFC 9110 section 8.4', ['content-encoding', 'gzip']],
    ['RFC 9110 section 8.4', ['content-encoding', 'identity']],
    ['RFC 9111 section 5.2.2.6', ['cache-control', 'public, No-Transform, max-age=60']],
    ['RFC 9111 section 5.2.2.6', ['cache-control', ['public', 'no-transform']]],
    ['RFC 9530 section 2', ['content-digest', 'sha-256=:AAAA:']],
    ['RFC 9530 section 3', ['repr-digest', 'sha-256=:AAAA:']],
  ] as const)('not by %s: %j', (_, field) => {
    expect(mayBeEncoded(answer([json, field]))).toBe(false);
  });

  it('with other directives', () => {
    expect(mayBeEncoded(answer([json, ['cache-control', 'x-no-transform, max-age=1']]))).toBe(true);
  });

  it('not where its handler chooses by Accept-Encoding itself', () => {
    expect(mayBeEncoded(answer([json], { vary: ['accept-encoding'] }))).toBe(false);
    expect(mayBeEncoded(answer([json], { vary: ['accept-language'] }))).toBe(true);
  });

  it('by what was known of its route when it was stored', () => {
    expect(mayBeEncoded({ ...answer([]), isEncodable: true })).toBe(true);
    expect(mayBeEncoded({ ...answer([json]), isEncodable: false })).toBe(false);
    // A validation brought it.
    const changed = answer([json, ['cache-control', 'no-transform']]);
    expect(mayBeEncoded({ ...changed, isEncodable: true })).toBe(false);
  });
});
