import { randomFillSync } from 'node:crypto';

/** A draw costs more than all else that is done with a few bytes, so this many are drawn at a time. */
const DRAWN_BYTES = 4096;
const drawn = Buffer.alloc(DRAWN_BYTES);
let used = DRAWN_BYTES;

/**
 * Random bytes of the system, as base64url: for ids that nobody is to guess, and for names that never come twice.
 *
 * @param bytes at most 64
 */
export function randomText(bytes: number): string {
  if (used + bytes > DRAWN_BYTES) {
    randomFillSync(drawn);
    used = 0;
  }
  const from = used;
  used += bytes;
  const text = drawn.toString('base64url', from, used);
  // What is in use stands nowhere else in memory.
  drawn.fill(0, from, used);
  return text;
}
