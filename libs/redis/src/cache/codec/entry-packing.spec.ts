import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Cipher } from '../../common/cipher.js';
import { decodeEntry, encodeEntry, type EntryPlace } from '../entry-format.js';
import { customCodec } from './custom.codec.js';
import { jsonCodec } from './json.codec.js';
import { msgpackCodec } from './msgpack.codec.js';
import { Packing } from './packing.js';

const keys = (id: string, secret: string): Cipher =>
  new Cipher([{ id, secret: secret.repeat(32) }], 'keys');

function place(cipher?: Cipher, redisKey = 'cache:entry:default:{product:42}'): EntryPlace {
  const compression = { algorithm: 'gzip', minBytes: 100, level: 6 } as const;
  return { redisKey, packing: new Packing({ compression, cipher, maxBytes: 10_000 }) };
}

const frame = {
  createdAt: 1000,
  freshUntil: 2000,
  expiresAt: 3000,
  generations: [{ name: 'tag:a', value: 'g1' }],
};
const value = { secret: 'hidden '.repeat(30) };
const payload = jsonCodec.encode(value);
const encrypted = encodeEntry(frame, payload, place(keys('k1', '11')));

/** What became of the bytes, and what was reported. */
function read(bytes: Buffer, where: EntryPlace): { value: unknown; reasons: string[] } {
  const reasons: string[] = [];
  const onUnreadable = (reason: string): number => reasons.push(reason);
  const entry = decodeEntry(bytes, jsonCodec, { ...where, onUnreadable });
  return { value: entry?.value, reasons };
}

describe('an encrypted entry', () => {
  it('is read in its place and says nothing', () => {
    expect(read(encrypted, place(keys('k1', '11')))).toEqual({ value, reasons: [] });
  });

  it('is a miss with any single byte changed: value, times, generations, flags', () => {
    for (let at = 0; at < encrypted.length; at += 1) {
      const changed = Buffer.from(encrypted);
      changed[at]! ^= 1 + (at % 255);
      const { value: found, reasons } = read(changed, place(keys('k1', '11')));
      expect(found).toBeUndefined();
      expect(reasons).toHaveLength(1);
    }
  });

  it('is a miss under another key of Redis', () => {
    const elsewhere = place(keys('k1', '11'), 'cache:entry:default:{product:43}');
    expect(read(encrypted, elsewhere)).toEqual({
      value: undefined,
      reasons: [expect.stringContaining('forged or moved')],
    });
  });

  it.each<[string, Cipher | undefined, string]>([
    ['its key was dropped', keys('k2', '11'), 'key `k1`, which is not in `cache.encryption.keys`'],
    ['its key id has another secret', keys('k1', '22'), 'damaged, forged or moved'],
    ['encryption was turned off', undefined, '`cache.encryption` is not configured'],
  ])('is a miss and says why when %s', (_when, cipher, reason) => {
    expect(read(encrypted, place(cipher))).toEqual({
      value: undefined,
      reasons: [expect.stringContaining(reason)],
    });
  });

  it('does not let an entry in clear take its place', () => {
    const clear = encodeEntry(frame, payload, place());
    expect(read(clear, place())).toEqual({ value, reasons: [] });
    expect(read(clear, place(keys('k1', '11')))).toEqual({
      value: undefined,
      reasons: [expect.stringContaining('not encrypted')],
    });
  });
});

describe('bytes that are no entry', () => {
  const custom = customCodec({
    encode: () => Buffer.of(1),
    decode: () => {
      // eslint-disable-next-line no-throw-literal -- a codec of the application may throw anything
      throw 'text';
    },
  });
  const codecs = [jsonCodec, msgpackCodec(), custom];
  const places = [undefined, place(), place(keys('k1', '11'))];

  it('are a miss and never an error, whatever they are', () => {
    const header = encodeEntry(frame, Buffer.of()).subarray(0, 28);
    const rest = fc.uint8Array({ maxLength: 80 });
    const lengthAndValue = rest.map((bytes) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    });
    const noGenerations = Buffer.concat([header.subarray(0, 26), Buffer.of(0, 0)]);
    const bytes = fc.oneof(
      rest.map((any) => Buffer.from(any)),
      rest.map((any) => Buffer.concat([header, any])),
      lengthAndValue.map((any) => Buffer.concat([noGenerations, any])),
    );
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom(...codecs),
        fc.constantFrom(...places),
        (any, codec, where) => {
          decodeEntry(any, codec, where);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('are reported without a word of what they hold', () => {
    const bytes = encodeEntry(frame, Buffer.from('\x01password tiger'), place());
    const { value: found, reasons } = read(bytes, place());
    expect(found).toBeUndefined();
    expect(reasons.join()).not.toMatch(/password|tiger/);
  });

  it('are a miss when they unfold to more than an entry may have', () => {
    const bomb = encodeEntry(frame, jsonCodec.encode('a'.repeat(50_000)), place());
    expect(bomb.length).toBeLessThan(500);
    expect(read(bomb, place())).toEqual({ value: undefined, reasons: [expect.any(String)] });
  });
});
