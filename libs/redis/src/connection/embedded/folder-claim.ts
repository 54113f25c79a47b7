import { once } from 'node:events';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isError, RedisKitError } from '../../common/errors.js';

const FILE = 'nestjs-redis-kit.lock';
/** A server outlives an application that was killed by about two seconds. */
const WAIT_LIMIT_MS = 6000;
/** The claim comes before the server, which may take so long to listen. */
const START_LIMIT_MS = 5000;
const LOOK_AGAIN_MS = 50;

interface Holder {
  readonly socket: string;
  readonly pid: number;
}

/**
 * The right of one embedded server to write in a folder: two on one append-only file would spoil it. A file names
 * the socket of the holder; where nobody listens on it, the claim is over. So one that was left behind by a crash
 * counts no more, and no process number can be mistaken for another's.
 */
export class FolderClaim {
  private constructor(private readonly file: string) {}

  /**
   * Claims a folder; waits for a server that is about to end, such as that of an application that restarts.
   *
   * @throws RedisKitError `EMBEDDED_REDIS_FAILED` when another application holds it
   */
  static async make(folder: string, socket: string): Promise<FolderClaim> {
    const file = join(folder, FILE);
    const text = JSON.stringify({ socket, pid: process.pid } satisfies Holder);
    const giveUpAt = performance.now() + WAIT_LIMIT_MS;
    while (!(await written(file, text))) {
      const holder = await holderOf(file);
      if (holder && !(await isHeld(file, holder))) await rm(file, { force: true });
      else if (performance.now() < giveUpAt) await delay(LOOK_AGAIN_MS);
      else throw taken(folder, holder);
    }
    return new FolderClaim(file);
  }

  release(): Promise<void> {
    return rm(this.file, { force: true });
  }
}

async function written(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isError(error) && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined while it is being written, and when it is gone. */
async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

async function isHeld(file: string, { socket, pid }: Holder): Promise<boolean> {
  if (await isListening(socket)) return true;
  const madeAt = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return isAlive(pid) && Date.now() - madeAt < START_LIMIT_MS;
}

async function isListening(socket: string): Promise<boolean> {
  const line = connect(socket);
  try {
    await once(line, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    line.destroy();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isError(error) && error.code === 'EPERM';
  }
}

function taken(folder: string, holder: Holder | undefined): RedisKitError {
  const whose = holder ? ` (process ${holder.pid}, socket ${holder.socket})` : '';
  return new RedisKitError(
    'EMBEDDED_REDIS_FAILED',
    `The folder ${folder} belongs to the embedded Redis of another application${whose}. End that one, or give ` +
      `this one a folder of its own. If none runs, remove ${join(folder, FILE)}.`,
  );
}
