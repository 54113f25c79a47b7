import { describe, expect, it } from '@jest/globals';
import { NO_DIRECTIVES, requestDirectives, type RequestDirective } from './request-directives.js';

const read = (field: string | undefined, honored: boolean | readonly RequestDirective[] = true) =>
  requestDirectives({ 'cache-control': field }, honored);

describe('requestDirectives', () => {
  it.each([
    ['RFC 9111 5.2.1.1 max-age', 'max-age=5', { maxAgeMs: 5000 }],
    ['RFC 9111 5.2.1.1 max-age: invalid is the strictest', 'max-age=x', { maxAgeMs: 0 }],
    ['RFC 9111 5.2.1.1 max-age: twice, the smaller', 'max-age=5, max-age=2', { maxAgeMs: 2000 }],
    ['RFC 9111 5.2.1.2 max-stale', 'max-stale=10', { maxStaleMs: 10_000 }],
    ['RFC 9111 5.2.1.2 max-stale: quoted', 'max-stale="10"', { maxStaleMs: 10_000 }],
    ['RFC 9111 5.2.1.2 max-stale without argument', 'max-stale', { maxStaleMs: Infinity }],
    ['RFC 9111 5.2.1.2 max-stale: with and without', 'max-stale, max-stale=1', { maxStaleMs: 0 }],
    ['RFC 9111 5.2.1.2 max-stale: empty quotes', 'max-stale=""', { maxStaleMs: 0 }],
    ['RFC 9111 5.2.1.3 min-fresh', 'min-fresh=20', { minFreshMs: 20_000 }],
    ['RFC 9111 5.2.1.4 no-cache', 'No-Cache', { noCache: true }],
    ['RFC 9111 5.2.1.5 no-store', 'no-store', { noStore: true }],
    ['RFC 9111 5.2.1.7 only-if-cached', 'only-if-cached', { onlyIfCached: true }],
    ['RFC 5861 4 stale-if-error', 'stale-if-error=30', { staleIfErrorMs: 30_000 }],
    [
      'RFC 5861 4 stale-if-error: invalid grants nothing',
      'stale-if-error=x',
      { staleIfErrorMs: 0 },
    ],
    ['RFC 5861 4 stale-if-error in a broken field', 'a b, stale-if-error=30', {}],
    ['RFC 9111 5.2.3 an extension', 'no-transform, x="no-cache"', {}],
    ['RFC 9111 5.2 a broken field grants nothing', 'a b, max-stale, only-if-cached', {}],
    [
      'RFC 9111 5.2 a broken field still restricts',
      'a b, no-cache, max-age=1',
      { noCache: true, maxAgeMs: 1000 },
    ],
  ])('%s', (_, field, expected) => {
    expect(read(field)).toEqual({ ...NO_DIRECTIVES, ...expected });
  });

  it('makes no object for a request without directives', () => {
    expect(requestDirectives({}, true)).toBe(NO_DIRECTIVES);
    expect(read('no-cache', false)).toBe(NO_DIRECTIVES);
  });

  const all =
    'no-cache, no-store, max-age=1, min-fresh=1, max-stale=1, stale-if-error=1, only-if-cached';
  it.each([
    'no-cache',
    'no-store',
    'max-age',
    'min-fresh',
    'max-stale',
    'stale-if-error',
    'only-if-cached',
  ] as const)('honors %s alone when it alone is named', (name) => {
    const honored = Object.entries(read(all, [name])).filter(([, value]) => Boolean(value));
    const written = all.includes(`${name}=1`) ? `${name}=1` : name;
    expect(Object.fromEntries(honored)).toEqual(
      Object.fromEntries(Object.entries(read(written)).filter(([, value]) => Boolean(value))),
    );
    expect(honored).toHaveLength(1);
  });

  it.each([
    ['RFC 9111 5.4 Pragma alone', { pragma: 'no-cache' }, true],
    ['RFC 9111 5.4 Pragma among others', { pragma: 'foo, No-Cache' }, true],
    ['RFC 9111 5.4 another Pragma', { pragma: 'foo' }, false],
    [
      'RFC 9111 5.4 Pragma beside Cache-Control',
      { pragma: 'no-cache', 'cache-control': 'max-age=9' },
      false,
    ],
    [
      'RFC 9111 5.4 Pragma beside an empty Cache-Control',
      { pragma: 'no-cache', 'cache-control': '' },
      false,
    ],
  ])('%s', (_, headers, expected) => {
    expect(requestDirectives(headers, true).noCache).toBe(expected);
  });

  it('RFC 9111 5.4: Pragma counts only where no-cache is honored', () => {
    expect(requestDirectives({ pragma: 'no-cache' }, ['max-age'])).toBe(NO_DIRECTIVES);
  });
});
