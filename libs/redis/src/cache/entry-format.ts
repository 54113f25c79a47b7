import type { Entry, Generation } from './entry.js';
import type { Codec } from './codec/codec.js';
import { UnreadableValue, type Packing } from './codec/packing.js';

/**
 * An entry as bytes, format 1 or 2. Numbers are big-endian.
 *
 * | bytes | meaning |
 * |---|---|
 * | 1 | 0xC5, so that foreign data is told apart at once |
 * | 1 | format version |
 * | 8, 8, 8 | createdAt, freshUntil, expiresAt (double) |
 * | 2 | number of generations |
 * | 4 | length of the value: a value that was cut off may still be valid JSON |
 * | 8 | format 2 only: slidingTtlMs (double) |
 * | 2 + n, 1 + n | each: name, value (length, then UTF-8) |
 * | rest | the value: encoded by the cache's codec, then compressed and encrypted if so configured (packing.ts) |
 *
 * Times and generations stay in clear, since an entry is judged by them; encryption protects them
 * from change. To change one, the whole entry is encoded anew. Format 2 is for entries with a sliding
 * TTL alone, so that all others can be read by every version of this package.
 */
const MAGIC = 0xc5;
const FIXED_BYTES = 32;
const LENGTH_AT = 28;
const SLIDING_BYTES = 8;

/** Where an entry lies and what is done to its value there. */
export interface EntryPlace {
  /** Name of the entry in Redis. An encrypted value can be read under this name only. */
  readonly redisKey: string;
  readonly packing?: Packing;
  /** Told why bytes are no entry. The reason shows nothing of the value. */
  readonly onUnreadable?: (reason: string) => void;
}

export function encodeEntry<T>(
  entry: Omit<Entry<T>, 'value' | 'bytes'>,
  payload: Buffer,
  place?: EntryPlace,
): Buffer {
  const { slidingTtlMs } = entry;
  const version = slidingTtlMs === undefined ? 1 : 2;
  const head = Buffer.allocUnsafe(headBytes(version));
  head[0] = MAGIC;
  head[1] = version;
  head.writeDoubleBE(entry.createdAt, 2);
  head.writeDoubleBE(entry.freshUntil, 10);
  head.writeDoubleBE(entry.expiresAt, 18);
  head.writeUInt16BE(entry.generations.length, 26);
  if (slidingTtlMs !== undefined) head.writeDoubleBE(slidingTtlMs, FIXED_BYTES);
  const clear = Buffer.concat([head, ...entry.generations.map(encodeGeneration)]);
  const stored = place?.packing?.pack(payload, () => boundTo(clear, place)) ?? payload;
  clear.writeUInt32BE(stored.length, LENGTH_AT);
  return Buffer.concat([clear, stored]);
}

/** @returns undefined for bytes that are damaged, of another program, of a version this one does not know, or not meant for this place: a miss, never an error */
export function decodeEntry<T>(
  bytes: Buffer,
  codec: Codec<T>,
  place?: EntryPlace,
): Entry<T> | undefined {
  try {
    return readEntry(bytes, codec, place);
  } catch (error) {
    // A parser quotes what it read, so its message is for nobody's log.
    const isTellable = error instanceof UnreadableValue;
    place?.onUnreadable?.(
      isTellable ? error.message : 'It is damaged, of another program or of another codec.',
    );
    return undefined;
  }
}

/** @throws Error of any kind: a length that does not fit, or whatever the codec makes of foreign bytes */
function readEntry<T>(bytes: Buffer, codec: Codec<T>, place: EntryPlace | undefined): Entry<T> {
  const version = bytes[1];
  if (bytes.length < FIXED_BYTES || bytes[0] !== MAGIC || (version !== 1 && version !== 2))
    throw new UnreadableValue('It is of another program or of another version of this one.');
  const { generations, end } = decodeGenerations(bytes, headBytes(version));
  const stored = bytes.subarray(end);
  if (stored.length !== bytes.readUInt32BE(LENGTH_AT)) throw new UnreadableValue('It is cut off.');
  const clear = bytes.subarray(0, end);
  const payload = place?.packing?.unpack(stored, () => boundTo(clear, place)) ?? stored;
  return {
    value: codec.decode(payload),
    createdAt: bytes.readDoubleBE(2),
    freshUntil: bytes.readDoubleBE(10),
    expiresAt: bytes.readDoubleBE(18),
    ...(version === 2 && { slidingTtlMs: bytes.readDoubleBE(FIXED_BYTES) }),
    generations,
    bytes: payload.length,
  };
}

/** All that stands in clear, and the name: nobody can give an encrypted value another life or another key. */
function boundTo(clear: Buffer, { redisKey }: EntryPlace): Buffer {
  return Buffer.concat([
    clear.subarray(0, LENGTH_AT),
    clear.subarray(FIXED_BYTES),
    Buffer.from(redisKey),
  ]);
}

function encodeGeneration({ name, value }: Generation): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const lengths = Buffer.allocUnsafe(3);
  lengths.writeUInt16BE(nameBytes.length);
  lengths[2] = valueBytes.length;
  return Buffer.concat([lengths, nameBytes, valueBytes]);
}

function headBytes(version: 1 | 2): number {
  return version === 1 ? FIXED_BYTES : FIXED_BYTES + SLIDING_BYTES;
}

function decodeGenerations(
  bytes: Buffer,
  start: number,
): { generations: Generation[]; end: number } {
  const count = bytes.readUInt16BE(26);
  const generations: Generation[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    const nameEnd = at + 3 + bytes.readUInt16BE(at);
    const valueEnd = nameEnd + bytes.readUInt8(at + 2);
    if (valueEnd > bytes.length)
      throw new RangeError('A generation reaches past the end of the entry.');
    generations.push({
      name: bytes.toString('utf8', at + 3, nameEnd),
      value: bytes.toString('latin1', nameEnd, valueEnd),
    });
    at = valueEnd;
  }
  return { generations, end: at };
}
