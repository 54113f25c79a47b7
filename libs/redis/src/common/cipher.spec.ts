import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Cipher } from './cipher.js';

const OLD = { id: '2025', secret: '11'.repeat(32) };
const NEW = { id: '2026', secret: '22'.repeat(32) };
const PLACE = Buffer.from('cache:entry:default:{product:42}');
const TEXT = Buffer.from('a value');

const cipher = new Cipher([NEW, OLD], 'keys');

describe('Cipher', () => {
  it('gives back any bytes in the place they were encrypted for', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (bytes, place) => {
        const bound = Buffer.from(place);
        expect(cipher.decrypt(cipher.encrypt(Buffer.from(bytes), bound), bound)).toEqual({
          kind: 'decrypted',
          bytes: Buffer.from(bytes),
        });
      }),
    );
  });

  it('encrypts with the first key and decrypts with all', () => {
    const old = new Cipher([OLD], 'keys').encrypt(TEXT, PLACE);
    expect(cipher.decrypt(old, PLACE)).toEqual({ kind: 'decrypted', bytes: TEXT });
    expect(cipher.encrypt(TEXT, PLACE).toString('latin1', 1, 5)).toBe('2026');
  });

  it('tells an unknown key from a forgery', () => {
    const other = new Cipher([{ id: 'x', secret: OLD.secret }], 'keys');
    expect(other.decrypt(cipher.encrypt(TEXT, PLACE), PLACE)).toEqual({
      kind: 'unknown-key',
      id: '2026',
    });
    const sameId = new Cipher([{ id: '2026', secret: OLD.secret }], 'keys');
    expect(sameId.decrypt(cipher.encrypt(TEXT, PLACE), PLACE)).toEqual({ kind: 'forged' });
  });

  it('does not decrypt in another place', () => {
    const elsewhere = Buffer.from('cache:entry:default:{product:43}');
    expect(cipher.decrypt(cipher.encrypt(TEXT, PLACE), elsewhere)).toEqual({ kind: 'forged' });
  });

  it('does not decrypt with a single byte changed, wherever it is', () => {
    const twins = new Cipher([NEW, { id: '2027', secret: NEW.secret }], 'keys');
    const bytes = twins.encrypt(TEXT, PLACE);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const change of [1, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= change;
        expect(twins.decrypt(changed, PLACE).kind).not.toBe('decrypted');
      }
    }
  });

  it('does not decrypt arbitrary or cut bytes', () => {
    const bytes = cipher.encrypt(TEXT, PLACE);
    for (let end = 0; end < bytes.length; end += 1)
      expect(cipher.decrypt(bytes.subarray(0, end), PLACE).kind).toBe('forged');
    fc.assert(
      fc.property(
        fc.uint8Array(),
        (any) => cipher.decrypt(Buffer.from(any), PLACE).kind !== 'decrypted',
      ),
    );
  });

  it('uses a new nonce each time', () => {
    expect(cipher.encrypt(TEXT, PLACE)).not.toEqual(cipher.encrypt(TEXT, PLACE));
  });

  it.each([
    ['hexadecimal', '11'.repeat(32)],
    ['base64', Buffer.alloc(32, 0x11).toString('base64')],
    ['base64url', Buffer.alloc(32, 0x11).toString('base64url')],
    ['a Buffer', Buffer.alloc(32, 0x11)],
    ['a Uint8Array', new Uint8Array(32).fill(0x11)],
  ])('takes a secret as %s', (_form, secret) => {
    const bytes = new Cipher([OLD], 'keys').encrypt(TEXT, PLACE);
    expect(new Cipher([{ id: '2025', secret }], 'keys').decrypt(bytes, PLACE).kind).toBe(
      'decrypted',
    );
  });

  it.each([
    ['a pass phrase', 'correct horse battery staple correct horse'],
    ['31 bytes', 'ab'.repeat(31)],
    ['33 bytes in base64', Buffer.alloc(33, 7).toString('base64')],
    ['a short Buffer', Buffer.alloc(16, 7)],
    ['a missing variable', undefined],
    ['an empty variable', ''],
    ['a number', 12345678 as unknown as string],
  ])('refuses %s as a secret and does not show it', (_what, secret) => {
    const build = (): Cipher => new Cipher([{ id: 'a', secret }], 'cache.encryption.keys');
    expect(build).toThrow(/`cache\.encryption\.keys\[0\]\.secret` is .*32 random bytes/);
    if (typeof secret === 'string' && secret !== '')
      expect(build).not.toThrow(
        expect.objectContaining({ message: expect.stringContaining(secret) }),
      );
  });

  it('refuses no keys, an id twice and an id that cannot stand in a blob', () => {
    expect(() => new Cipher([], 'keys')).toThrow('`keys` is missing');
    expect(() => new Cipher([OLD, OLD], 'keys')).toThrow('`keys[1].id` is "2025"');
    expect(() => new Cipher([{ ...OLD, id: 'a b' }], 'keys')).toThrow('`keys[0].id` is "a b"');
  });

  it('shows no secret to whoever logs it', () => {
    expect(inspect(cipher, { depth: 9, showHidden: true })).not.toMatch(/(11|22){4}/);
    expect(JSON.stringify(cipher)).toBe('{}');
  });
});
