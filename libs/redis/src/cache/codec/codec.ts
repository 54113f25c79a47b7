/** Turns the values of one cache into bytes and back. */
export interface Codec<T> {
  /** @throws RedisKitError `CACHE_VALUE_UNSUPPORTED` for a value outside the codec's contract */
  encode(value: T): Buffer;
  /**
   * Any error means that the bytes are not the codec's: the entry is a miss. The result is shared
   * between callers, so it must be frozen or never be changed, unless there is `own`.
   */
  decode(bytes: Buffer): T;
  /**
   * What one caller gets of a decoded value: a copy of whatever in it cannot be frozen, so that no
   * caller can change what the next one reads. Default: the value itself.
   */
  own?(value: T): T;
}

/**
 * First byte of an encoded value. It stays readable for ever, so a number is never used again. 0x00
 * begins a stored HTTP response; 0x80 and above is a packing (packing.ts).
 */
export const FORMAT = {
  json: 0x01,
  bytes: 0x02,
  taggedJson: 0x03,
  msgpack: 0x04,
  taggedMsgpack: 0x05,
  custom: 0x7f,
} as const;

/** Bytes that no version of this package writes there, or that another codec wrote: a miss. */
export function unknownFormat(bytes: Buffer): SyntaxError {
  return new SyntaxError(`The codec does not know the format ${bytes[0] ?? 'of an empty value'}.`);
}
