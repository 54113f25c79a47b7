import { describe, expect, it } from '@jest/globals';
import { assert, boolean, integer, option, property, record } from 'fast-check';
import type { StoredMeta } from './http-cache-policy.js';
import { NO_DIRECTIVES, type RequestDirectives } from './request-directives.js';
import { ageMs, reuse, type Reuse } from './reuse.js';

const CREATED_AT = 1_000_000;

const META: StoredMeta = {
  lifetimeMs: 60_000,
  initialAgeMs: 0,
  mustRevalidate: false,
  noCache: false,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  vary: [],
};

interface Case {
  readonly meta?: Partial<StoredMeta>;
  readonly request?: Partial<RequestDirectives>;
  /** Milliseconds since it was stored. */
  readonly after: number;
}

function decide({ meta, request, after }: Case): Reuse {
  const stored = { ...META, ...meta };
  const freshUntil = CREATED_AT + stored.lifetimeMs - stored.initialAgeMs;
  const entry = { createdAt: CREATED_AT, freshUntil };
  return reuse(entry, stored, { ...NO_DIRECTIVES, ...request }, CREATED_AT + after);
}

const swr = { staleWhileRevalidateMs: 30_000 };
const sie = { staleIfErrorMs: 30_000 };

describe('reuse', () => {
  it.each<[string, Case, Reuse]>([
    ['RFC 9111 4.2: before the end of its lifetime', { after: 59_999 }, 'fresh'],
    ['RFC 9111 4.2: at the end of its lifetime', { after: 60_000 }, 'revalidate'],
    [
      'RFC 9111 4.2.3: the initial age counts',
      { meta: { initialAgeMs: 50_000 }, after: 10_000 },
      'revalidate',
    ],
    ['RFC 9111 4.2.3: until it is over', { meta: { initialAgeMs: 50_000 }, after: 9_999 }, 'fresh'],

    [
      'RFC 9111 5.2.2.4 no-cache: never without validation',
      { meta: { noCache: true }, after: 0 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.2.4 no-cache: not for an error',
      { meta: { noCache: true, ...sie, ...swr }, after: 61_000 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.2.2 must-revalidate: fresh',
      { meta: { mustRevalidate: true }, after: 1 },
      'fresh',
    ],
    [
      'RFC 9111 5.2.2.2 must-revalidate: not stale, whatever permits it',
      {
        meta: { mustRevalidate: true, ...sie, ...swr },
        request: { maxStaleMs: Infinity },
        after: 60_000,
      },
      'revalidate',
    ],

    [
      'RFC 9111 5.2.1.1 max-age: as old as that',
      { request: { maxAgeMs: 5_000 }, after: 5_000 },
      'fresh',
    ],
    [
      'RFC 9111 5.2.1.1 max-age: older',
      { request: { maxAgeMs: 5_000 }, after: 5_001 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.1.1 max-age: the initial age counts',
      { meta: { initialAgeMs: 5_000 }, request: { maxAgeMs: 5_000 }, after: 1 },
      'revalidate',
    ],
    ['RFC 9111 5.2.1.1 max-age=0: a reload', { request: { maxAgeMs: 0 }, after: 1 }, 'revalidate'],
    [
      'RFC 9111 5.2.1.1 max-age: no stale answer without max-stale',
      { meta: swr, request: { maxAgeMs: 90_000 }, after: 60_000 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.1.1 max-age: a stale one with max-stale',
      { request: { maxAgeMs: 90_000, maxStaleMs: 9_000 }, after: 60_000 },
      'allowed-stale',
    ],
    [
      'RFC 9111 5.2.1.1 max-age: bounds what max-stale permits',
      { request: { maxAgeMs: 61_000, maxStaleMs: 9_000 }, after: 62_000 },
      'revalidate',
    ],

    [
      'RFC 9111 5.2.1.2 max-stale: by no more than that',
      { request: { maxStaleMs: 5_000 }, after: 65_000 },
      'allowed-stale',
    ],
    [
      'RFC 9111 5.2.1.2 max-stale: by more',
      { request: { maxStaleMs: 5_000 }, after: 65_001 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.1.2 max-stale without argument: any',
      { request: { maxStaleMs: Infinity }, after: 10 ** 9 },
      'allowed-stale',
    ],
    [
      'RFC 9111 5.2.1.2 max-stale: bounds stale-while-revalidate',
      { meta: swr, request: { maxStaleMs: 1_000 }, after: 62_000 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.1.2 max-stale: revalidated behind it where that is allowed',
      { meta: swr, request: { maxStaleMs: 9_000 }, after: 62_000 },
      'stale',
    ],

    [
      'RFC 9111 5.2.1.3 min-fresh: fresh for that long',
      { request: { minFreshMs: 10_000 }, after: 50_000 },
      'fresh',
    ],
    [
      'RFC 9111 5.2.1.3 min-fresh: not that long',
      { request: { minFreshMs: 10_000 }, after: 50_001 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.1.3 min-fresh: no stale answer',
      { meta: swr, request: { minFreshMs: 1 }, after: 60_001 },
      'revalidate',
    ],

    [
      'RFC 9111 5.2.1.4 no-cache of the request',
      { request: { noCache: true }, after: 0 },
      'revalidate',
    ],
    [
      'RFC 9111 5.2.1.4 no-cache of the request: not for an error',
      { meta: sie, request: { noCache: true }, after: 61_000 },
      'revalidate',
    ],

    ['RFC 5861 3: inside the window', { meta: swr, after: 60_000 }, 'stale'],
    ['RFC 5861 3: at its end', { meta: swr, after: 90_000 }, 'stale'],
    ['RFC 5861 3: after it', { meta: swr, after: 90_001 }, 'revalidate'],
    ['RFC 5861 4: inside the window', { meta: sie, after: 60_000 }, 'revalidate-or-error'],
    ['RFC 5861 4: at its end', { meta: sie, after: 90_000 }, 'revalidate-or-error'],
    ['RFC 5861 4: after it', { meta: sie, after: 90_001 }, 'revalidate'],
    [
      'RFC 5861 4: as the request asks',
      { request: { staleIfErrorMs: 30_000 }, after: 90_000 },
      'revalidate-or-error',
    ],
    [
      'RFC 5861 4: no longer than the request asks',
      { meta: sie, request: { staleIfErrorMs: 20_000 }, after: 80_001 },
      'revalidate',
    ],
    [
      'RFC 5861 4, RFC 9111 5.2.2.2: asked for against must-revalidate',
      { meta: { mustRevalidate: true }, request: { staleIfErrorMs: 60_000 }, after: 60_000 },
      'revalidate',
    ],
    [
      'RFC 5861 4: for a reload that fails',
      { meta: sie, request: { maxAgeMs: 0 }, after: 10 },
      'revalidate-or-error',
    ],
    [
      'RFC 5861 3, 4: first the one, then the other',
      { meta: { ...swr, staleIfErrorMs: 90_000 }, after: 95_000 },
      'revalidate-or-error',
    ],
  ])('%s', (_, given, expected) => {
    expect(decide(given)).toBe(expected);
  });

  it('RFC 9111 4.2.3: age grows with time and is never negative', () => {
    const entry = { createdAt: CREATED_AT };
    expect(ageMs(entry, { initialAgeMs: 2_000 }, CREATED_AT + 500)).toBe(2_500);
    expect(ageMs(entry, { initialAgeMs: 0 }, CREATED_AT - 500)).toBe(0);
  });

  it('RFC 9111 4: uses nothing that is forbidden, whatever comes together', () => {
    const length = integer({ min: 0, max: 9 });
    const stored = record({
      lifetimeMs: length,
      initialAgeMs: length,
      mustRevalidate: boolean(),
      noCache: boolean(),
      staleWhileRevalidateMs: length,
      staleIfErrorMs: length,
    });
    const asked = record({
      noCache: boolean(),
      maxAgeMs: option(length, { nil: undefined }),
      minFreshMs: option(length, { nil: undefined }),
      maxStaleMs: option(length, { nil: undefined }),
      staleIfErrorMs: option(length, { nil: undefined }),
    });
    assert(
      property(stored, asked, integer({ min: 0, max: 30 }), (meta, directives, after) => {
        const result = decide({ meta, request: directives, after });
        const age = meta.initialAgeMs + after;
        const staleFor = age - meta.lifetimeMs;
        const isFresh = staleFor < 0;
        if (result === 'revalidate') return;
        expect(meta.noCache || directives.noCache).toBe(false);
        expect(meta.mustRevalidate && !isFresh).toBe(false);
        if (result === 'revalidate-or-error') {
          expect(staleFor).toBeLessThanOrEqual(directives.staleIfErrorMs ?? meta.staleIfErrorMs);
          return;
        }
        expect(age).toBeLessThanOrEqual(directives.maxAgeMs ?? Infinity);
        expect(-staleFor).toBeGreaterThanOrEqual(directives.minFreshMs ?? -Infinity);
        expect(result === 'fresh').toBe(isFresh);
        const window = Math.max(meta.staleWhileRevalidateMs, directives.maxStaleMs ?? 0);
        expect(staleFor).toBeLessThanOrEqual(window);
      }),
      { numRuns: 2_000 },
    );
  });
});
