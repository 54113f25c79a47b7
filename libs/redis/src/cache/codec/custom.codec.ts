import { isError, RedisKitError } from '../../common/errors.js';
import { FORMAT, unknownFormat, type Codec } from './codec.js';
import { unsupported } from './tagging.js';

/** A codec of the application behind a mark of its own, so that it never sees bytes that another codec wrote. */
export function customCodec(codec: Codec<unknown>): Codec<unknown> {
  return {
    encode(value) {
      const bytes = encodeBy(codec, value);
      return Buffer.concat([Buffer.of(FORMAT.custom), bytes]);
    },

    decode(bytes) {
      if (bytes[0] !== FORMAT.custom) throw unknownFormat(bytes);
      return codec.decode(bytes.subarray(1));
    },

    own: (value) => (codec.own ? codec.own(value) : value),
  };
}

function encodeBy(codec: Codec<unknown>, value: unknown): Uint8Array {
  let bytes: unknown;
  try {
    bytes = codec.encode(value);
  } catch (cause) {
    if (cause instanceof RedisKitError) throw cause;
    const reason = isError(cause) ? cause.message : 'error';
    throw unsupported([], `is refused by the codec of the option cache.codec (${reason})`, cause);
  }
  if (bytes instanceof Uint8Array) return bytes;
  throw unsupported([], 'was encoded as something else than a Buffer');
}
