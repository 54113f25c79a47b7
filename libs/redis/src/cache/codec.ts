import { isError, RedisKitError } from '../common/errors.js';
import { deepFreeze } from '../common/freeze.js';

/** Turns the values of one cache into bytes and back. */
export interface Codec<T> {
  /** @throws RedisKitError `CACHE_VALUE_UNSUPPORTED` for a value outside the codec's contract */
  encode(value: T): Buffer;
  /** The result is shared between callers, so it must be frozen or never be changed. */
  decode(bytes: Buffer): T;
}

/** First byte of an encoded value. */
const JSON_TEXT = 0x01;
const RAW_BYTES = 0x02;

/**
 * JSON, and Buffers as they are. What JSON cannot hold is an error here and not a surprise on the
 * next hit. Decoded values are frozen.
 */
export const jsonCodec: Codec<unknown> = {
  encode(value) {
    if (value instanceof Uint8Array) return Buffer.concat([Buffer.of(RAW_BYTES), value]);
    return Buffer.concat([Buffer.of(JSON_TEXT), Buffer.from(toJson(value))]);
  },

  decode(bytes) {
    const body = bytes.subarray(1);
    return bytes[0] === RAW_BYTES ? body : deepFreeze(JSON.parse(body.toString()) as unknown);
  },
};

function toJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw unsupported(value, cause);
  }
  // Functions, symbols and undefined.
  if (text === undefined) throw unsupported(value);
  return text;
}

function unsupported(value: unknown, cause?: unknown): RedisKitError {
  const reason = isError(cause) ? `: ${cause.message.split('\n')[0]}` : '';
  return new RedisKitError(
    'CACHE_VALUE_UNSUPPORTED',
    `A value of type ${typeof value} cannot be cached${reason}. Return data that JSON can hold, or a Buffer.`,
    { cause },
  );
}
