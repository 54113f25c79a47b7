import { createHash, randomBytes } from 'node:crypto';

/** A new id of 192 random bits, in the alphabet and length of express-session's own. */
export function newSessionId(): string {
  return randomBytes(24).toString('base64url');
}

/** The public name of a session: the first 128 bits of the id's SHA-256, safe to show and to log. */
export function handleOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}
