import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isError, RedisKitError } from '../../common/errors.js';

const PROGRAMS = ['redis-server', 'valkey-server'];

/**
 * Finds the server program: the given path, else `redis-server` or `valkey-server` on PATH.
 *
 * @throws RedisKitError `EMBEDDED_REDIS_NOT_FOUND` with an install line for each system
 */
export function findServer(
  binary: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = binary
    ? [binary]
    : PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (!found) throw notFound(binary);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (isError(error) && error.code !== undefined) return false;
    throw error;
  }
}

function notFound(binary: string | undefined): RedisKitError {
  const looked = binary ? `at ${binary}` : `on PATH (${PROGRAMS.join(', ')})`;
  return new RedisKitError(
    'EMBEDDED_REDIS_NOT_FOUND',
    [
      `The embedded Redis needs a server program, and there is none ${looked}. Install one:`,
      '  Debian, Ubuntu   sudo apt-get install redis-server',
      '  Fedora, RHEL     sudo dnf install valkey',
      '  macOS            brew install redis',
      '  Docker           docker run --rm -p 6379:6379 redis, and REDIS_URL=redis://127.0.0.1:6379',
      'or give the URL of a running Redis in the option `connection` (in the sample shop: REDIS_URL).',
    ].join('\n'),
  );
}
