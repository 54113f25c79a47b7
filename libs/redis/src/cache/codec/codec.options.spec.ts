import { describe, expect, it } from '@jest/globals';
import { resolveStorage, type StorageOptions } from './codec.options.js';
import { jsonCodec } from './json.codec.js';

describe('resolveStorage', () => {
  it('is JSON, not compressed and not encrypted by default', () => {
    expect(resolveStorage({})).toEqual({ codec: jsonCodec, compression: false, cipher: undefined });
  });

  it('fills in what compression leaves open', () => {
    expect(resolveStorage({ compression: { algorithm: 'gzip' } }).compression).toEqual({
      algorithm: 'gzip',
      minBytes: 1024,
      level: 6,
    });
    expect(resolveStorage({ compression: { algorithm: 'brotli', level: 0 } }).compression).toEqual({
      algorithm: 'brotli',
      minBytes: 1024,
      level: 0,
    });
  });

  it('takes msgpack and a codec of the application', () => {
    const upper = {
      encode: (value: unknown) => Buffer.from((value as string).toUpperCase()),
      decode: (bytes: Buffer) => bytes.toString(),
    };
    for (const codec of ['msgpack', upper] as const) {
      const { codec: resolved } = resolveStorage({ codec });
      expect(resolved.decode(resolved.encode('ABC'))).toBe('ABC');
    }
  });

  it.each<[string, unknown]>([
    ['cache.codec', { codec: 'bson' }],
    ['cache.codec', { codec: { encode: () => Buffer.of() } }],
    ['cache.codec', { codec: null }],
    ['cache.compression.algorithm', { compression: { algorithm: 'toString' } }],
    ['cache.compression.algorithm', { compression: true }],
    ['cache.compression.level', { compression: { algorithm: 'gzip', level: 10 } }],
    ['cache.compression.level', { compression: { algorithm: 'brotli', level: 1.5 } }],
    ['cache.compression.minBytes', { compression: { algorithm: 'gzip', minBytes: -1 } }],
    ['cache.encryption.keys', { encryption: {} }],
    ['cache.encryption.keys', { encryption: { keys: [] } }],
    ['cache.encryption.keys[0].secret', { encryption: { keys: [{ id: 'a', secret: 'short' }] } }],
  ])('names %s when it cannot work', (option, options) => {
    expect(() => resolveStorage(options as StorageOptions)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', option }),
    );
  });
});
