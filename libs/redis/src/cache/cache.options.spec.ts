import { describe, expect, it } from '@jest/globals';
import { resolveCacheOptions, resolveNamedCache, type CacheOptions } from './cache.options.js';

describe('the options of the cache', () => {
  it('have defaults', () => {
    expect(resolveCacheOptions()).toMatchObject({
      ttlMs: 300_000,
      prefix: 'cache:',
      memory: { maxEntries: 10_000, maxBytes: 64 * 1024 * 1024, ttlMs: 60_000 },
      maxEntryBytes: 8 * 1024 * 1024,
      deadlineMs: 250,
      loadWaitMs: 10_000,
      connection: 'default',
    });
  });

  it.each<[CacheOptions, object]>([
    [{ ttl: '1h' }, { ttlMs: 3_600_000 }],
    [{ memory: false }, { memory: false }],
    [
      { memory: { maxEntries: 5 } },
      { memory: { maxEntries: 5, maxBytes: 64 * 1024 * 1024, ttlMs: 60_000 } },
    ],
    [{ prefix: 'shop:v2/eu-1:' }, { prefix: 'shop:v2/eu-1:' }],
    [
      { deadline: 50, loadWait: '1s' },
      { deadlineMs: 50, loadWaitMs: 1000 },
    ],
  ])('%j become %j', (given, resolved) => {
    expect(resolveCacheOptions(given)).toMatchObject(resolved);
  });

  it.each<[unknown, RegExp]>([
    [{ ttl: 0 }, /cache\.ttl/],
    [{ ttl: 'soon' }, /cache\.ttl/],
    [{ deadline: -1 }, /cache\.deadline/],
    [{ loadWait: '' }, /cache\.loadWait/],
    [{ maxEntryBytes: 0.5 }, /cache\.maxEntryBytes/],
    [{ memory: { maxEntries: 0 } }, /cache\.memory\.maxEntries/],
    [{ memory: { maxBytes: Infinity } }, /cache\.memory\.maxBytes/],
    [{ memory: { ttl: 0 } }, /cache\.memory\.ttl/],
    // Would move the slot of every key, or be a pattern.
    [{ prefix: 'a{b}' }, /cache\.prefix/],
    [{ prefix: '*' }, /cache\.prefix/],
    [{ prefix: '' }, /cache\.prefix/],
  ])('%j are refused by name', (given, message) => {
    expect(() => resolveCacheOptions(given as CacheOptions)).toThrow(message);
  });

  it('of a named cache fall back to those of the application, and are refused by their own name', () => {
    const defaults = resolveCacheOptions({ ttl: '1h', memory: false, prefix: 'shop:' });
    expect(resolveNamedCache('products', { loadWait: '1s' }, defaults)).toMatchObject({
      ttlMs: 3_600_000,
      memory: false,
      prefix: 'shop:',
      loadWaitMs: 1000,
    });
    expect(() => resolveNamedCache('products', { ttl: 0 }, defaults)).toThrow(
      /caches\.products\.ttl/,
    );
  });
});
