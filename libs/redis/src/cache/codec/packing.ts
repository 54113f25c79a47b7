import type { Cipher } from '../../common/cipher.js';
import { compress, decompress, type CompressionAlgorithm } from '../../common/compression.js';
import type { ResolvedCompression } from './codec.options.js';

export interface PackingOptions {
  readonly compression: ResolvedCompression | false;
  readonly cipher: Cipher | undefined;
  /** Largest value. A compressed one that unfolds to more is unreadable. */
  readonly maxBytes: number;
}

/** Its message tells the reason and nothing of the value, so it may be logged. */
export class UnreadableValue extends Error {}

/** Set in the first byte of a packed value; no codec begins one with it. */
const PACKED = 0x80;
const ENCRYPTED = 0x04;
const ALGORITHMS: readonly (CompressionAlgorithm | undefined)[] = [undefined, 'gzip', 'brotli'];
const ALGORITHM_BITS = 0x03;

/**
 * The way of an encoded value to Redis and back: compressed where that saves something, then
 * encrypted. A value that needs neither is stored as the codec wrote it.
 *
 * | bytes | meaning |
 * |---|---|
 * | 1 | 0x80 + 0 not compressed, 1 gzip, 2 brotli + 4 encrypted (then the rest is of cipher.ts) |
 * | rest | the value |
 */
export class Packing {
  constructor(private readonly options: PackingOptions) {}

  /** @param place what an encrypted value is bound to: it cannot be read anywhere else. Asked for only then. */
  pack(payload: Buffer, place: () => Buffer): Buffer {
    const { cipher } = this.options;
    const compressed = this.#compress(payload);
    const algorithm = compressed ? this.#algorithm : undefined;
    const flags = PACKED | ALGORITHMS.indexOf(algorithm) | (cipher ? ENCRYPTED : 0);
    if (flags === PACKED && !isPacked(payload)) return payload;
    const head = Buffer.of(flags);
    const body = compressed ?? payload;
    return Buffer.concat([head, cipher?.encrypt(body, Buffer.concat([head, place()])) ?? body]);
  }

  /** @throws UnreadableValue that says why, or the error of the decompression */
  unpack(bytes: Buffer, place: () => Buffer): Buffer {
    const flags = isPacked(bytes) ? bytes[0]! : PACKED;
    if ((flags & ~(PACKED | ALGORITHM_BITS | ENCRYPTED)) !== 0)
      throw new UnreadableValue('It is packed in a way that this version does not know.');
    const packed = isPacked(bytes) ? bytes.subarray(1) : bytes;
    const body = this.#decrypt(packed, flags, place);
    return this.#decompress(body, flags);
  }

  #compress(payload: Buffer): Buffer | undefined {
    const { compression } = this.options;
    if (!compression || payload.length < compression.minBytes) return undefined;
    const compressed = compress(payload, compression.algorithm, compression.level);
    return compressed.length < payload.length ? compressed : undefined;
  }

  get #algorithm(): CompressionAlgorithm | undefined {
    return this.options.compression ? this.options.compression.algorithm : undefined;
  }

  #decompress(body: Buffer, flags: number): Buffer {
    const bits = flags & ALGORITHM_BITS;
    if (bits === 0) return body;
    const algorithm = ALGORITHMS[bits];
    if (!algorithm)
      throw new UnreadableValue('It is compressed in a way that this version does not know.');
    return decompress(body, algorithm, this.options.maxBytes);
  }

  /** With encryption on, what is not encrypted is not believed: anybody could have put it there. */
  #decrypt(body: Buffer, flags: number, place: () => Buffer): Buffer {
    const { cipher } = this.options;
    const isEncrypted = (flags & ENCRYPTED) !== 0;
    if (!cipher && !isEncrypted) return body;
    if (!cipher)
      throw new UnreadableValue('It is encrypted and `cache.encryption` is not configured.');
    if (!isEncrypted)
      throw new UnreadableValue('It is not encrypted although `cache.encryption` is on.');
    const outcome = cipher.decrypt(body, Buffer.concat([Buffer.of(flags), place()]));
    if (outcome.kind === 'decrypted') return outcome.bytes;
    throw new UnreadableValue(
      outcome.kind === 'unknown-key'
        ? `It is encrypted with the key \`${outcome.id}\`, which is not in \`cache.encryption.keys\`.`
        : 'It is not what was encrypted for this key of Redis: damaged, forged or moved.',
    );
  }
}

function isPacked(bytes: Buffer): boolean {
  return (bytes[0] ?? 0) >= PACKED;
}
