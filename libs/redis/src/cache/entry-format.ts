import { isError } from '../common/errors.js';
import type { Entry, Generation } from './entry.js';
import type { Codec } from './codec.js';

/**
 * An entry as bytes, format 1. Numbers are big-endian.
 *
 * | bytes | meaning |
 * |---|---|
 * | 1 | 0xC5, so that foreign data is told apart at once |
 * | 1 | format version |
 * | 8, 8, 8 | createdAt, freshUntil, expiresAt (double) |
 * | 2 | number of generations |
 * | 2 + n, 1 + n | each: name, value (length, then UTF-8) |
 * | rest | the value, encoded by the cache's codec |
 */
const MAGIC = 0xc5;
const VERSION = 1;
const FIXED_BYTES = 28;

export function encodeEntry<T>(entry: Omit<Entry<T>, 'value' | 'bytes'>, payload: Buffer): Buffer {
  const head = Buffer.allocUnsafe(FIXED_BYTES);
  head[0] = MAGIC;
  head[1] = VERSION;
  head.writeDoubleBE(entry.createdAt, 2);
  head.writeDoubleBE(entry.freshUntil, 10);
  head.writeDoubleBE(entry.expiresAt, 18);
  head.writeUInt16BE(entry.generations.length, 26);
  return Buffer.concat([head, ...entry.generations.map(encodeGeneration), payload]);
}

/** @returns undefined for bytes of another program or of a version this one does not know: a miss, never an error */
export function decodeEntry<T>(bytes: Buffer, codec: Codec<T>): Entry<T> | undefined {
  if (bytes.length < FIXED_BYTES || bytes[0] !== MAGIC || bytes[1] !== VERSION) return undefined;
  try {
    const { generations, end } = decodeGenerations(bytes);
    const payload = bytes.subarray(end);
    return {
      value: codec.decode(payload),
      createdAt: bytes.readDoubleBE(2),
      freshUntil: bytes.readDoubleBE(10),
      expiresAt: bytes.readDoubleBE(18),
      generations,
      bytes: payload.length,
    };
  } catch (error) {
    // Cut off or scribbled over: the codec or a length does not fit.
    if (isError(error) && ['RangeError', 'SyntaxError'].includes(error.name)) return undefined;
    throw error;
  }
}

function encodeGeneration({ name, value }: Generation): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const lengths = Buffer.allocUnsafe(3);
  lengths.writeUInt16BE(nameBytes.length);
  lengths[2] = valueBytes.length;
  return Buffer.concat([lengths, nameBytes, valueBytes]);
}

function decodeGenerations(bytes: Buffer): { generations: Generation[]; end: number } {
  const count = bytes.readUInt16BE(26);
  const generations: Generation[] = [];
  let at = FIXED_BYTES;
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
