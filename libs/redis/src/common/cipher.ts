import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ConfigurationError } from './errors.js';

/** A key for AES-256. */
export interface CipherKey {
  /** 1 to 32 letters, digits or `. _ -`. Stands in clear before everything that the key encrypted. */
  readonly id: string;
  /** 32 random bytes: as a Buffer, as 64 hexadecimal digits, or as base64. Such as `openssl rand -hex 32` prints. */
  readonly secret: string | Uint8Array | undefined;
}

/** `unknown-key`: nobody here has the key. `forged`: changed, cut off, or written for another place. */
export type Decrypted =
  | { readonly kind: 'decrypted'; readonly bytes: Buffer }
  | { readonly kind: 'unknown-key'; readonly id: string }
  | { readonly kind: 'forged' };

const ALGORITHM = 'aes-256-gcm';
const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[\w.-]{1,32}$/;

/**
 * AES-256-GCM with several keys: the first encrypts, all decrypt. To rotate, put the new key first
 * and drop the old one once nothing encrypted with it is left. The nonce is random, so rotate well
 * before a key has encrypted 2^32 times (NIST SP 800-38D, section 8.3).
 *
 * | bytes | meaning |
 * |---|---|
 * | 1 + n | key id (length, then ASCII) |
 * | 12 | nonce |
 * | 16 | authentication tag |
 * | rest | what is encrypted |
 */
export class Cipher {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #current: string;

  /**
   * @param option path of the option, for the error message
   * @throws ConfigurationError that never shows a secret
   */
  constructor(keys: readonly CipherKey[], option: string) {
    if (!Array.isArray(keys) || keys.length === 0)
      throw new ConfigurationError(option, undefined, 'Give at least one key: { id, secret }.');
    this.#keys = importKeys(keys, option);
    this.#current = keys[0]!.id;
  }

  /** @param bound not stored, but needed again to decrypt: ties the result to its place */
  encrypt(bytes: Buffer, bound: Buffer): Buffer {
    const head = Buffer.from(`${String.fromCodePoint(this.#current.length)}${this.#current}`);
    const nonce = randomBytes(NONCE_BYTES);
    const key = this.#keys.get(this.#current)!;
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.concat([head, bound]));
    const body = [cipher.update(bytes), cipher.final()];
    return Buffer.concat([head, nonce, cipher.getAuthTag(), ...body]);
  }

  decrypt(bytes: Buffer, bound: Buffer): Decrypted {
    const nonceAt = 1 + (bytes[0] ?? 0);
    const tagAt = nonceAt + NONCE_BYTES;
    const bodyAt = tagAt + TAG_BYTES;
    const id = bytes.toString('latin1', 1, nonceAt);
    if (bytes.length < bodyAt || !KEY_ID.test(id)) return { kind: 'forged' };
    const key = this.#keys.get(id);
    if (!key) return { kind: 'unknown-key', id };
    const nonce = bytes.subarray(nonceAt, tagAt);
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.concat([bytes.subarray(0, nonceAt), bound]));
    decipher.setAuthTag(bytes.subarray(tagAt, bodyAt));
    const start = decipher.update(bytes.subarray(bodyAt));
    try {
      return { kind: 'decrypted', bytes: Buffer.concat([start, decipher.final()]) };
    } catch {
      // The one thing that `final` can find wrong is the tag.
      return { kind: 'forged' };
    }
  }
}

function importKeys(keys: readonly CipherKey[], option: string): Map<string, KeyObject> {
  const imported = new Map<string, KeyObject>();
  for (const [index, key] of keys.entries()) {
    const path = `${option}[${index}]`;
    if (typeof key?.id !== 'string' || !KEY_ID.test(key.id))
      throw new ConfigurationError(`${path}.id`, key?.id, 'Give 1 to 32 letters, digits or . _ -');
    if (imported.has(key.id))
      throw new ConfigurationError(`${path}.id`, key.id, 'Another key has that id already.');
    imported.set(key.id, createSecretKey(readSecret(key.secret, `${path}.secret`)));
  }
  return imported;
}

function readSecret(secret: unknown, option: string): Buffer {
  const bytes = secretBytes(secret);
  if (bytes?.length === SECRET_BYTES) return bytes;
  throw new ConfigurationError(
    option,
    outlineOf(secret),
    'Give 32 random bytes as a Buffer, as 64 hexadecimal digits or as base64; `openssl rand -hex 32` prints some.',
  );
}

function secretBytes(secret: unknown): Buffer | undefined {
  if (secret instanceof Uint8Array) return Buffer.from(secret);
  if (typeof secret !== 'string') return undefined;
  if (/^[\da-f]{64}$/i.test(secret)) return Buffer.from(secret, 'hex');
  // Node skips what is not base64, so a pass phrase would turn into some bytes, too.
  return /^[\w+/-]{43}=?$/.test(secret) ? Buffer.from(secret, 'base64') : undefined;
}

/** What may be said about a secret that does not fit. */
function outlineOf(secret: unknown): string | undefined {
  if (secret === undefined || secret === null || secret === '') return undefined;
  if (typeof secret === 'string') return `text of ${secret.length} characters`;
  if (secret instanceof Uint8Array) return `${secret.length} bytes`;
  return `a ${typeof secret}`;
}
