import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisKitError } from '../../common/errors.js';

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
 * the path would be longer than a Unix socket's may be. Redis itself would cut it off without a word.
 *
 * @throws RedisKitError `EMBEDDED_REDIS_FAILED` when it is too long in both
 */
export async function makeSocketFolder(
  temporary: readonly string[] = [tmpdir(), '/tmp'],
): Promise<SocketFolder> {
  const parent = temporary.find((one) => bytesIn(one) <= LONGEST_PATH_BYTES);
  if (parent === undefined) throw tooLong(temporary);
  const folder = await mkdtemp(join(parent, PREFIX));
  return { folder, socket: join(folder, SOCKET) };
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
