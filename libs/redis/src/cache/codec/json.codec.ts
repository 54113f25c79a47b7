import { FORMAT, type Codec } from './codec.js';
import { treeCodec } from './tree.codec.js';

const json = treeCodec({
  plain: FORMAT.json,
  tagged: FORMAT.taggedJson,
  keepsBytes: false,
  write: (format, tree) => Buffer.from(String.fromCodePoint(format) + JSON.stringify(tree)),
  read: (bytes) => JSON.parse(bytes.toString('utf8', 1)) as unknown,
});

/**
 * JSON, in which Buffers, typed arrays, Dates, Maps, Sets, NaN and the infinities come back as what
 * they were, wherever in the value they are. A Buffer by itself is stored byte for byte.
 *
 * - Class instances are as JSON has them: `toJSON` is called, the class is gone. So is undefined in
 *   objects; in arrays it is null. -0 is 0.
 * - What JSON would drop or damage without a word (functions, symbols, BigInt, promises, errors,
 *   regular expressions, cycles, undefined itself) is refused with the place inside the value.
 * - Objects and arrays come back frozen and shared. What cannot be frozen (Buffers, typed arrays,
 *   Dates, Maps, Sets) is copied for every caller.
 */
export const jsonCodec: Codec<unknown> = {
  encode(value) {
    if (!Buffer.isBuffer(value)) return json.encode(value);
    return Buffer.concat([Buffer.of(FORMAT.bytes), value]);
  },

  decode(bytes) {
    return bytes[0] === FORMAT.bytes ? bytes.subarray(1) : json.decode(bytes);
  },

  own(value) {
    return Buffer.isBuffer(value) ? Buffer.from(value) : json.own!(value);
  },
};
