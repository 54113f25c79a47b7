import { createRequire } from 'node:module';
import { ConfigurationError } from '../../common/errors.js';
import { FORMAT, type Codec } from './codec.js';
import { jsonCodec } from './json.codec.js';
import { treeCodec } from './tree.codec.js';

type Msgpackr = typeof import('msgpackr');

/**
 * MessagePack by `msgpackr`, an optional peer. The contract is that of `jsonCodec`, with two
 * differences: undefined inside a value stays undefined, and half a surrogate pair in a text does
 * not survive. Bytes inside a value stay bytes. Reads what `jsonCodec` wrote, so one can change over.
 *
 * @throws ConfigurationError when the package is not installed
 */
export function msgpackCodec(option = 'cache.codec'): Codec<unknown> {
  const { Packr } = loadMsgpackr(option);
  // Records would be faster to read, but compile code from the blob and are no plain MessagePack.
  const packr = new Packr({ useRecords: false, mapsAsObjects: true, useToJSON: false });
  const msgpack = treeCodec({
    plain: FORMAT.msgpack,
    tagged: FORMAT.taggedMsgpack,
    keepsBytes: true,
    write: (format, tree) => Buffer.concat([Buffer.of(format), packr.pack(tree)]),
    read: (bytes) => packr.unpack(bytes.subarray(1)) as unknown,
  });
  return {
    encode: (value) => (Buffer.isBuffer(value) ? jsonCodec.encode(value) : msgpack.encode(value)),
    decode: (bytes) => (isMsgpack(bytes) ? msgpack : jsonCodec).decode(bytes),
    own: (value) => jsonCodec.own!(value),
  };
}

function isMsgpack(bytes: Buffer): boolean {
  return bytes[0] === FORMAT.msgpack || bytes[0] === FORMAT.taggedMsgpack;
}

/** By `require`, since options are resolved without waiting; nothing is loaded unless it is asked for. */
function loadMsgpackr(option: string): Msgpackr {
  try {
    return createRequire(import.meta.url)('msgpackr') as Msgpackr;
  } catch {
    throw new ConfigurationError(
      option,
      'msgpack',
      'Its package is not installed: npm install msgpackr',
    );
  }
}
