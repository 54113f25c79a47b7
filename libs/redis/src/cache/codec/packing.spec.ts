import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Cipher } from '../../common/cipher.js';
import { compress } from '../../common/compression.js';
import { Packing, type PackingOptions } from './packing.js';

const PLACE = (): Buffer => Buffer.from('place');
const PLAIN: PackingOptions = { compression: false, cipher: undefined, maxBytes: 10_000 };
const cipher = new Cipher([{ id: 'k1', secret: '11'.repeat(32) }], 'keys');
const gzip = { algorithm: 'gzip', minBytes: 100, level: 6 } as const;
const brotli = { algorithm: 'brotli', minBytes: 100, level: 4 } as const;
const text = Buffer.from(`\x01"${'text '.repeat(100)}"`);

describe.each<[string, PackingOptions]>([
  ['plain', PLAIN],
  ['gzip', { ...PLAIN, compression: gzip }],
  ['brotli', { ...PLAIN, compression: brotli }],
  ['encrypted', { ...PLAIN, cipher }],
  ['gzip and encrypted', { ...PLAIN, compression: gzip, cipher }],
  ['brotli and encrypted', { ...PLAIN, compression: brotli, cipher }],
])('packing: %s', (_name, options) => {
  const packing = new Packing(options);

  it('gives back any bytes, whatever their first byte is', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ minLength: 1, maxLength: 500 }), (first, rest) => {
        const payload = Buffer.concat([Buffer.of(first), rest]);
        expect(packing.unpack(packing.pack(payload, PLACE), PLACE)).toEqual(payload);
      }),
    );
    expect(packing.unpack(packing.pack(text, PLACE), PLACE)).toEqual(text);
  });

  it('reads arbitrary bytes or throws an error', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (any) => {
        try {
          packing.unpack(Buffer.from(any), PLACE);
        } catch (error) {
          expect(error).toHaveProperty('message');
        }
      }),
    );
  });
});

describe('packing', () => {
  it('stores a value without compression and encryption byte for byte', () => {
    expect(new Packing(PLAIN).pack(text, PLACE)).toBe(text);
  });

  it('compresses from minBytes on, and only what gets smaller', () => {
    const packing = new Packing({ ...PLAIN, compression: gzip });
    expect(packing.pack(text, PLACE).length).toBeLessThan(100);
    expect(packing.pack(text.subarray(0, 100), PLACE).length).toBeLessThan(50);
    const short = text.subarray(0, 99);
    expect(packing.pack(short, PLACE)).toBe(short);
    const noise = compress(
      Buffer.from(Array.from({ length: 900 }, (_, i) => (i * i * 7919) % 251)),
      'brotli',
      11,
    );
    noise[0] = 1;
    expect(packing.pack(noise, PLACE)).toBe(noise);
  });

  it('reads compressed values after compression was turned off', () => {
    const packed = new Packing({ ...PLAIN, compression: brotli }).pack(text, PLACE);
    expect(new Packing(PLAIN).unpack(packed, PLACE)).toEqual(text);
  });

  it('does not unfold a value to more than maxBytes', () => {
    const big = Buffer.alloc(10_000, 1);
    const packing = new Packing({ ...PLAIN, compression: gzip });
    expect(packing.unpack(packing.pack(big, PLACE), PLACE)).toEqual(big);
    const bomb = packing.pack(Buffer.alloc(10_001, 1), PLACE);
    expect(() => packing.unpack(bomb, PLACE)).toThrow();
  });

  it('binds an encrypted value to its place', () => {
    const packing = new Packing({ ...PLAIN, cipher });
    const packed = packing.pack(text, PLACE);
    expect(() => packing.unpack(packed, () => Buffer.from('other'))).toThrow(
      'damaged, forged or moved',
    );
  });

  it('does not believe a value that is not encrypted once encryption is on', () => {
    const plain = new Packing({ ...PLAIN, compression: gzip });
    const packing = new Packing({ ...PLAIN, cipher });
    for (const payload of [text, text.subarray(0, 50)])
      expect(() => packing.unpack(plain.pack(payload, PLACE), PLACE)).toThrow('not encrypted');
  });

  it('says which key is missing, or that encryption is off', () => {
    const packed = new Packing({ ...PLAIN, cipher }).pack(text, PLACE);
    const other = new Cipher([{ id: 'k2', secret: '22'.repeat(32) }], 'keys');
    expect(() => new Packing({ ...PLAIN, cipher: other }).unpack(packed, PLACE)).toThrow('`k1`');
    expect(() => new Packing(PLAIN).unpack(packed, PLACE)).toThrow('not configured');
  });

  it.each([0x83, 0x88, 0x90, 0xa0, 0xc0])('does not guess at the unknown flags %p', (flags) => {
    expect(() => new Packing(PLAIN).unpack(Buffer.of(flags, 1), PLACE)).toThrow('does not know');
  });
});
