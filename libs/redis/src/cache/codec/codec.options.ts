import { Cipher, type CipherKey } from '../../common/cipher.js';
import { COMPRESSION_LEVELS, type CompressionAlgorithm } from '../../common/compression.js';
import { ConfigurationError } from '../../common/errors.js';
import type { Codec } from './codec.js';
import { customCodec } from './custom.codec.js';
import { jsonCodec } from './json.codec.js';
import { msgpackCodec } from './msgpack.codec.js';

/** How values become bytes. `'msgpack'` needs the package `msgpackr`. */
export type CodecOption = 'json' | 'msgpack' | Codec<unknown>;

/** Compression of values in Redis, `cache.compression`. Values in memory are not compressed. */
export interface CompressionOptions {
  /** `'brotli'` saves more, `'gzip'` is faster to read. */
  readonly algorithm: CompressionAlgorithm;
  /** Smaller values are stored as they are. Default 1024. */
  readonly minBytes?: number;
  /** 1 to 9 for gzip, default 6; 0 to 11 for brotli, default 4. Compression runs in the calling thread. */
  readonly level?: number;
}

/** Encryption of values in Redis, `cache.encryption`: AES-256-GCM. Values in memory and keys are not encrypted. */
export interface EncryptionOptions {
  /**
   * The first key encrypts, all decrypt. To rotate, give the new key to all nodes as the second one,
   * then put it first; the old one can go once the longest TTL has passed. A node without the key
   * that an entry needs takes it for a miss.
   */
  readonly keys: readonly CipherKey[];
}

/** The part of the cache's options that says how an entry looks in Redis. */
export interface StorageOptions {
  /** Default `'json'`. A change makes what was stored a miss, except from `'json'` to `'msgpack'`. */
  readonly codec?: CodecOption;
  /** Default false. Responses in the HTTP cache are never compressed by it. */
  readonly compression?: CompressionOptions | false;
  /**
   * AES-256-GCM for every value in Redis, cached responses too. Default false. Keys, times and
   * generations (names of tags) stay in clear, but cannot be changed; memory is not encrypted. With
   * it, entries that are not encrypted are misses.
   */
  readonly encryption?: EncryptionOptions | false;
}

export interface ResolvedCompression {
  readonly algorithm: CompressionAlgorithm;
  readonly minBytes: number;
  readonly level: number;
}

export interface ResolvedStorage {
  readonly codec: Codec<unknown>;
  readonly compression: ResolvedCompression | false;
  readonly cipher: Cipher | undefined;
}

/** @throws ConfigurationError that names the option, and never shows a secret */
export function resolveStorage(options: StorageOptions): ResolvedStorage {
  const { codec = 'json', compression = false, encryption = false } = options;
  return {
    codec: resolveCodec(codec, 'cache'),
    compression: resolveCompression(compression, 'cache'),
    cipher: encryption ? new Cipher(encryption.keys, 'cache.encryption.keys') : undefined,
  };
}

/** @param path of the options around it, for the error message */
export function resolveCodec(option: CodecOption, path: string): Codec<unknown> {
  if (option === 'json') return jsonCodec;
  if (option === 'msgpack') return msgpackCodec(`${path}.codec`);
  if (typeof option?.encode === 'function' && typeof option.decode === 'function')
    return customCodec(option);
  throw new ConfigurationError(
    `${path}.codec`,
    option,
    "Give 'json', 'msgpack' or an object with encode(value) and decode(bytes).",
  );
}

/** @param path of the options around it, for the error message */
export function resolveCompression(
  options: CompressionOptions | false,
  path: string,
): ResolvedCompression | false {
  if (options === false) return false;
  const { algorithm, minBytes = 1024 } = options;
  if (!Object.hasOwn(COMPRESSION_LEVELS, algorithm))
    throw new ConfigurationError(
      `${path}.compression.algorithm`,
      algorithm,
      "Give 'gzip' or 'brotli'.",
    );
  const { lowest, highest, default: usual } = COMPRESSION_LEVELS[algorithm];
  const { level = usual } = options;
  if (!isWholeNumber(level, lowest, highest))
    throw new ConfigurationError(
      `${path}.compression.level`,
      level,
      `Give a whole number from ${lowest} to ${highest}.`,
    );
  if (!isWholeNumber(minBytes, 0, Number.MAX_SAFE_INTEGER))
    throw new ConfigurationError(
      `${path}.compression.minBytes`,
      minBytes,
      'Give a whole number of bytes.',
    );
  return { algorithm, minBytes, level };
}

function isWholeNumber(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}
