import { createHash } from 'node:crypto';
import { randomText } from '../common/random-text.js';

const ID_BYTES = 24;

/** A new id of 192 random bits, in the alphabet and length of express-session's own. */
export function newSessionId(): string {
  return randomText(ID_BYTES);
}

/** The public name of a session: the first 128 bits of the id's SHA-256, safe to show and to log. */
export function handleOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** True for what has the form of a handle. Anything else that claims to be one is a stranger's input. */
export function isHandle(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
