import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asError, RedisKitError } from '../../common/errors.js';

/** `sun_path` with its closing zero: 108 bytes on Linux, 104 on macOS and the BSDs (`man 7 unix`). */
const LONGEST_PATH_BYTES = process.platform === 'linux' ? 108 : 104;
const SOCKET = 'redis.sock';
const PREFIX = 'nestjs-redis-kit-';
/** What `mkdtemp` adds. */
const RANDOM_CHARACTERS = 6;

export interface SocketFolder {
  /** New and open to this user only. */
  readonly folder: string;
  readonly socket: string;
}

/**
 * Makes a folder for the socket of an embedded server: in the system's temporary folder, or in `/tmp` when
 * that cannot be written, or the path would be longer than a Unix socket's may be. Redis itself would cut it off
 * without a word.
 *
 * @throws RedisKitError `EMBEDDED_REDIS_FAILED` when neither will do
 */
export async function makeSocketFolder(
  temporary: readonly string[] = [tmpdir(), '/tmp'],
): Promise<SocketFolder> {
  const parents = temporary.filter((one) => bytesIn(one) <= LONGEST_PATH_BYTES);
  if (parents.length === 0) throw tooLong(temporary);
  let problem: unknown;
  for (const parent of parents) {
    try {
      const folder = await mkdtemp(join(parent, PREFIX));
      return { folder, socket: join(folder, SOCKET) };
    } catch (error) {
      problem = error;
    }
  }
  throw notWritable(asError(problem));
}

/** Bytes of a socket's path below the folder, with the closing zero. */
function bytesIn(parent: string): number {
  const name = PREFIX + 'x'.repeat(RANDOM_CHARACTERS);
  return Buffer.byteLength(join(parent, name, SOCKET)) + 1;
}

function tooLong(temporary: readonly string[]): RedisKitError {
  const [first = ''] = temporary;
  return new RedisKitError(
    'EMBEDDED_REDIS_FAILED',
    `The embedded Redis listens on a Unix socket, whose path may have ${LONGEST_PATH_BYTES} bytes; in ` +
      `${first} it would have ${bytesIn(first)}. Set TMPDIR to a shorter path.`,
  );
}

function notWritable(cause: Error): RedisKitError {
  return new RedisKitError(
    'EMBEDDED_REDIS_FAILED',
    `The embedded Redis has no folder for its Unix socket: ${cause.message}. Set TMPDIR to one that can be written.`,
    { cause },
  );
}
