import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzipSync,
} from 'node:zlib';

export type CompressionAlgorithm = 'gzip' | 'brotli';

/** What the levels of an algorithm range over. Above the default, time grows much faster than what is saved. */
export const COMPRESSION_LEVELS = {
  gzip: { lowest: 1, highest: 9, default: 6 },
  brotli: { lowest: 0, highest: 11, default: 4 },
} as const satisfies Record<
  CompressionAlgorithm,
  { lowest: number; highest: number; default: number }
>;

/** Runs in the calling thread: below some 100 KB a hand-over to another thread costs more than it saves. */
export function compress(bytes: Buffer, algorithm: CompressionAlgorithm, level: number): Buffer {
  if (algorithm === 'gzip') return gzipSync(bytes, { level });
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: level,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/**
 * @param maxBytes a result above it is not built: a few stored bytes must not unfold to gigabytes
 * @throws Error for damaged bytes, RangeError (`ERR_BUFFER_TOO_LARGE`) above `maxBytes`
 */
export function decompress(
  bytes: Buffer,
  algorithm: CompressionAlgorithm,
  maxBytes: number,
): Buffer {
  const bound = { maxOutputLength: maxBytes };
  return algorithm === 'gzip' ? gunzipSync(bytes, bound) : brotliDecompressSync(bytes, bound);
}
