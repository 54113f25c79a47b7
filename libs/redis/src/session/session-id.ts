import { createHash, randomFillSync } from 'node:crypto';

const ID_BYTES = 24;
/** Random bytes for so many ids are drawn at a time: a draw costs as much as all else of an empty session. */
const DRAWN = 128;
const drawn = Buffer.alloc(ID_BYTES * DRAWN);
let used = drawn.length;

/** A new id of 192 random bits, in the alphabet and length of express-session's own. */
export function newSessionId(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  const from = used;
  used += ID_BYTES;
  const id = drawn.toString('base64url', from, used);
  // An id that is in use stands nowhere else in memory.
  drawn.fill(0, from, used);
  return id;
}

/** The public name of a session: the first 128 bits of the id's SHA-256, safe to show and to log. */
export function handleOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** True for what has the form of a handle. Anything else that claims to be one is a stranger's input. */
export function isHandle(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
