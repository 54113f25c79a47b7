import { beforeEach, describe, expect, it } from '@jest/globals';
import { RedisKitError } from '../common/errors.js';
import { cacheError, type CacheErrorEvent } from './cache.events.js';
import { FailureLog } from '../common/failure-log.js';
import { FailurePolicy } from './failure-policy.js';

let now: number;
let lines: string[];
let failures: FailurePolicy;
let log: FailureLog;

beforeEach(() => {
  now = 0;
  lines = [];
  log = new FailureLog(
    (line) => lines.push(line),
    10_000,
    () => now,
  );
  failures = new FailurePolicy('products', log);
});

function failing(error: unknown): () => Promise<never> {
  return async () => {
    throw error;
  };
}

describe('FailurePolicy', () => {
  it('gives the result, or the fallback when Redis failed', async () => {
    expect(await failures.attempt('get', async () => 1, 'fallback')).toBe(1);
    expect(await failures.attempt('get', failing(new Error('down')), 'fallback')).toBe('fallback');
  });

  it('writes one line in a while, for all caches together, and says how many it left out', async () => {
    const other = new FailurePolicy('users', log);
    for (let call = 0; call < 5; call += 1)
      for (const one of [failures, other]) await one.attempt('get', failing(new Error('down')), 0);
    expect(lines).toEqual(['Cache `products` goes on without its store: get failed: down']);
    now = 10_000;
    await other.attempt('set', failing(new Error('still down')), 0);
    expect(lines[1]).toBe(
      'Cache `users` goes on without its store: set failed: still down (9 more since the last line)',
    );
  });

  it('publishes every failure', async () => {
    const events: CacheErrorEvent[] = [];
    const stop = cacheError.subscribe((event) => events.push(event));
    const error = new Error('down');
    for (let call = 0; call < 3; call += 1) await failures.attempt('get', failing(error), 0);
    stop();
    const event = { cache: 'products', operation: 'get', error };
    expect(events).toEqual([event, event, event]);
  });

  it.each([
    new RedisKitError('CACHE_KEY_INVALID', 'no key'),
    new RedisKitError('CACHE_VALUE_UNSUPPORTED', 'no value'),
    new TypeError('a bug'),
  ])('throws what is the mistake of the caller: %s', async (error) => {
    await expect(failures.attempt('set', failing(error), 0)).rejects.toBe(error);
    expect(lines).toEqual([]);
  });

  it('counts whatever goes wrong where nobody waits', async () => {
    failures.inBackground('extend', failing(new TypeError('a bug')));
    failures.inBackground('extend', failing('text'));
    await Promise.resolve();
    await Promise.resolve();
    expect(lines).toEqual(['Cache `products` goes on without its store: extend failed: a bug']);
  });
});
