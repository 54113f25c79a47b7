import assert from 'node:assert/strict';

/** What the cache says of an answer in `Cache-Status`. Source: RFC 9211. */
export interface CacheStatus {
  readonly isHit: boolean;
  /** True for a request that came while the handler ran for another one, and got that answer. */
  readonly isCollapsed: boolean;
  /** Why the request went to the handler: `uri-miss`, `vary-miss`, `stale`, `bypass`, `method`, `request`. */
  readonly forwarded: string | undefined;
  readonly isStored: boolean;
  /** Seconds that the answer stays fresh; below 0 for a stale one. */
  readonly ttl: number | undefined;
  readonly detail: string | undefined;
}

/** Anything with the headers of an answer: of `fetch`, or of supertest and its like. */
export type WithHeaders =
  | { readonly headers: Headers }
  | { readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> };

const NAME = 'nestjs-redis-kit';

/** Members and parameters may hold commas and semicolons in quotes. Source: RFC 9651 sections 3.1 and 3.1.2. */
const MEMBER = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g;
const PARAMETER = /;\s*([a-z*][\w.*-]*)(?:=("(?:[^"\\]|\\.)*"|[^;\s]+))?/g;

/** What this package's cache says of an answer; undefined when the route has no cache. */
export function cacheStatusOf(answer: WithHeaders): CacheStatus | undefined {
  const member = headerOf(answer)
    .match(MEMBER)
    ?.find((one) => /^[^;]*/.exec(one)?.[0].trim() === NAME);
  if (member === undefined) return undefined;
  const parameters = new Map(
    [...member.matchAll(PARAMETER)].map(({ 1: name = '', 2: value = '' }) => [name, bare(value)]),
  );
  const ttl = parameters.get('ttl');
  return {
    isHit: parameters.has('hit'),
    isCollapsed: parameters.get('collapsed') === '',
    forwarded: parameters.get('fwd'),
    isStored: parameters.has('stored'),
    ttl: ttl === undefined ? undefined : Number(ttl),
    detail: parameters.get('detail'),
  };
}

/**
 * The handler did not run for this answer: it was stored, or on its way into the store, as right after the first request.
 *
 * @throws AssertionError that shows what the answer said
 */
export function assertCacheHit(answer: WithHeaders): void {
  const status = cacheStatusOf(answer);
  assert.ok(
    status?.isHit || status?.isCollapsed,
    `The answer is no hit of the cache; Cache-Status: ${shown(answer)}`,
  );
}

/** @throws AssertionError unless the handler made the answer, and the cache stored it */
export function assertCacheMiss(answer: WithHeaders): void {
  const status = cacheStatusOf(answer);
  assert.ok(
    status && !status.isHit && status.isStored,
    `The answer is no miss that was stored; Cache-Status: ${shown(answer)}`,
  );
}

/** @throws AssertionError when the answer came from the cache, or is in it now */
export function assertNotCached(answer: WithHeaders): void {
  const status = cacheStatusOf(answer);
  assert.ok(
    !status?.isHit && !status?.isCollapsed && !status?.isStored,
    `The answer is in the cache; Cache-Status: ${shown(answer)}`,
  );
}

function headerOf({ headers }: WithHeaders): string {
  const value = headers instanceof Headers ? headers.get('cache-status') : headers['cache-status'];
  return [value ?? ''].flat().join(', ');
}

function shown(answer: WithHeaders): string {
  return headerOf(answer) || '(none)';
}

function bare(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
}
