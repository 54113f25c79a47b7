import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compress, COMPRESSION_LEVELS, decompress } from './compression.js';

describe.each(['gzip', 'brotli'] as const)('%s', (algorithm) => {
  const level = COMPRESSION_LEVELS[algorithm].default;

  it('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (any) => {
        const bytes = Buffer.from(any);
        expect(decompress(compress(bytes, algorithm, level), algorithm, 2000)).toEqual(bytes);
      }),
    );
  });

  it('takes every level', () => {
    const { lowest, highest } = COMPRESSION_LEVELS[algorithm];
    const bytes = Buffer.from('text '.repeat(100));
    for (let each = lowest; each <= highest; each += 1)
      expect(decompress(compress(bytes, algorithm, each), algorithm, 500)).toEqual(bytes);
  });

  it('does not build more bytes than allowed', () => {
    const bomb = compress(Buffer.alloc(50_000_000), algorithm, level);
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => decompress(bomb, algorithm, 1_000_000)).toThrow(
      expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
    );
  });

  it('throws for bytes that were not compressed', () => {
    expect(() => decompress(Buffer.from('plain'), algorithm, 100)).toThrow();
  });
});
