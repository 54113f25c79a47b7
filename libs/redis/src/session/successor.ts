import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The id that a session got by a rotation with a grace, for who still has the one before. */
export interface Successor {
  /** Locked with the id before, so that with `hashIds` a dump of Redis opens no session. */
  readonly sealed: string;
  readonly graceMs: number;
}

/** @param id the new one @param previous the one that opens it */
export function sealSuccessor(id: string, previous: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(previous), iv);
  const text = Buffer.concat([cipher.update(id), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

/** Undefined for what was not sealed for this id. */
export function openSuccessor(sealed: string, previous: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', keyOf(previous), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    const text = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(text).toString();
  } catch {
    return undefined;
  }
}

/** An id has 192 random bits, so nothing needs to slow down who guesses. */
function keyOf(id: string): Buffer {
  return Buffer.from(hkdfSync('sha256', id, '', 'nestjs-redis-kit successor', 32));
}
