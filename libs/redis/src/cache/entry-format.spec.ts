import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Codec } from './codec/codec.js';
import { decodeEntry, encodeEntry } from './entry-format.js';

/** Reads whatever it gets, so that only the format itself can notice damage. */
const text: Codec<string> = {
  encode: (value) => Buffer.from(value),
  decode: (bytes) => bytes.toString(),
};

const times = { createdAt: 1000.5, freshUntil: 2000, expiresAt: 3000 };
const generations = [
  { name: 'cache:default', value: 'abc' },
  { name: 'tag:größe', value: '' },
];

function encoded(value: string): Buffer {
  return encodeEntry({ ...times, generations }, text.encode(value));
}

describe('the entry format', () => {
  it('gives back what it got', () => {
    const name = fc.string({ maxLength: 500 });
    const value = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '_'), maxLength: 64 });
    fc.assert(
      fc.property(fc.string(), fc.array(fc.record({ name, value })), (payload, carried) => {
        const bytes = encodeEntry({ ...times, generations: carried }, text.encode(payload));
        expect(decodeEntry(bytes, text)).toEqual({
          ...times,
          generations: carried,
          value: Buffer.from(payload).toString(),
          bytes: Buffer.byteLength(payload),
        });
      }),
    );
  });

  it('gives back a sliding TTL, and writes one without it as every version knows it', () => {
    const entry = { ...times, slidingTtlMs: 1234.5, generations };
    const bytes = encodeEntry(entry, text.encode('value'));
    expect(decodeEntry(bytes, text)).toStrictEqual({ ...entry, value: 'value', bytes: 5 });
    expect([bytes[1], encoded('value')[1]]).toEqual([2, 1]);
  });

  it.each([undefined, 1000])(
    'reads an entry that was cut off at any length as a miss',
    (sliding) => {
      const sliders = sliding === undefined ? {} : { slidingTtlMs: sliding };
      const whole = encodeEntry({ ...times, ...sliders, generations }, text.encode('12345'));
      for (let length = 0; length < whole.length; length += 1)
        expect(decodeEntry(whole.subarray(0, length), text)).toBeUndefined();
      expect(decodeEntry(whole, text)?.value).toBe('12345');
    },
  );

  it('reads an entry with something behind it as a miss', () => {
    expect(decodeEntry(Buffer.concat([encoded('1'), Buffer.from('2')]), text)).toBeUndefined();
  });

  it('never throws, whatever the bytes are', () => {
    const start = encoded('').subarray(0, 2);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, withMagic) => {
        const blob = Buffer.concat(withMagic ? [start, bytes] : [bytes]);
        expect(() => decodeEntry(blob, text)).not.toThrow();
      }),
    );
  });

  it('reads an entry of another version, or of another program, as a miss', () => {
    const other = encoded('1');
    other[1] = 3;
    expect(decodeEntry(other, text)).toBeUndefined();
    expect(decodeEntry(Buffer.from(JSON.stringify({ value: 1, more: 'x'.repeat(99) })), text)).toBe(
      undefined,
    );
  });

  it('reads bytes that the codec cannot make sense of as a miss', () => {
    const failing: Codec<string> = {
      ...text,
      decode: () => {
        throw new TypeError('Cannot read properties of undefined');
      },
    };
    expect(decodeEntry(encoded('1'), failing)).toBeUndefined();
  });
});
