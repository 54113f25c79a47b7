import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asError, RedisKitError } from '../../common/errors.js';
import { findServer } from './find-server.js';
import { FolderClaim } from './folder-claim.js';
import { ServerProcess, type ServerCommand } from './server-process.js';
import { makeSocketFolder } from './socket-folder.js';

/** In a row; with their pauses they take about six seconds. */
const MOST_RESTARTS = 6;
const FIRST_PAUSE_MS = 100;
/** A server that ran this long was a good one: the count begins anew. */
const GOOD_AFTER_MS = 60_000;

export interface EmbeddedServerOptions {
  /** Folder for an append-only file. Default: nothing is written. */
  readonly folder?: string;
  /** Path of the server program. Default: the first of `redis-server`, `valkey-server` on PATH. */
  readonly binary?: string;
}

/**
 * What became of an embedded server by itself: it `ended`, it was `restarted`, or it was `given-up` after
 * {@link MOST_RESTARTS} restarts in a row.
 */
export interface EmbeddedServerNews {
  readonly status: 'ended' | 'restarted' | 'given-up';
  /** Why, with the server's last words. */
  readonly error?: RedisKitError;
}

/**
 * A private Redis as a child process, on a Unix socket that only this user can open. It ends with
 * {@link stop} and with the application, also when that is killed (see supervisor.ts). When it ends by itself, it is
 * started again on the same socket: empty, or with what is in its `folder`.
 */
export class EmbeddedServer {
  readonly #stopping = new AbortController();
  #restarts = 0;
  #reviving: Promise<void> | undefined;

  private constructor(
    private readonly command: ServerCommand,
    /** Path of the Unix socket. */
    readonly socket: string,
    private server: ServerProcess,
    private readonly onNews: (news: EmbeddedServerNews) => void,
    private readonly claim: FolderClaim | undefined,
  ) {
    this.#watch();
  }

  /**
   * Starts the server and waits until it accepts connections, at most five seconds.
   *
   * @param onNews hears of a server that ends by itself
   * @throws RedisKitError `EMBEDDED_REDIS_NOT_FOUND`, `EMBEDDED_REDIS_FAILED` with the server's words
   */
  static async start(
    options: EmbeddedServerOptions = {},
    onNews: (news: EmbeddedServerNews) => void = () => undefined,
  ): Promise<EmbeddedServer> {
    const program = findServer(options.binary);
    const { folder, socket } = await makeSocketFolder();
    let claim: FolderClaim | undefined;
    try {
      const kept = options.folder && (await keptFolder(options.folder));
      claim = kept ? await FolderClaim.make(kept, socket) : undefined;
      const command = {
        folder,
        program,
        args: serverArguments(socket, kept ?? folder, Boolean(kept)),
      };
      return new EmbeddedServer(command, socket, await ServerProcess.start(command), onNews, claim);
    } catch (error) {
      await Promise.all([claim?.release(), rm(folder, { recursive: true, force: true })]);
      throw error;
    }
  }

  /** Ends the server and waits until it is gone. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reviving;
    await this.server.stop();
    await this.claim?.release();
  }

  #watch(): void {
    const startedAt = performance.now();
    void this.#afterEnd(this.server, startedAt);
  }

  async #afterEnd(server: ServerProcess, startedAt: number): Promise<void> {
    const how = await server.ended;
    if (this.#stopping.signal.aborted) return;
    if (performance.now() - startedAt > GOOD_AFTER_MS) this.#restarts = 0;
    this.onNews({ status: 'ended', error: failed(how) });
    this.#reviving = this.#revive(how);
  }

  async #revive(how: string): Promise<void> {
    let problem = failed(how);
    while (this.#restarts < MOST_RESTARTS) {
      this.#restarts += 1;
      if (!(await this.#pause())) return;
      try {
        await this.#restart();
        return;
      } catch (error) {
        problem = error instanceof RedisKitError ? error : notRestarted(asError(error));
      }
    }
    this.onNews({ status: 'given-up', error: problem });
  }

  async #restart(): Promise<void> {
    const { folder } = this.command;
    // Two servers on one folder of data would spoil it.
    if (!(await this.server.release())) throw failed('still runs without its supervisor.');
    await rm(folder, { recursive: true, force: true });
    // Fails where somebody else has made it meanwhile: the folder of a socket must be ours.
    await mkdir(folder, { mode: 0o700 });
    this.server = await ServerProcess.start(this.command);
    this.#watch();
    this.onNews({ status: 'restarted' });
  }

  /** Twice as long each time. @returns false when the application ends */
  async #pause(): Promise<boolean> {
    const { signal } = this.#stopping;
    const ms = FIRST_PAUSE_MS * 2 ** (this.#restarts - 1);
    await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
    return !signal.aborted;
  }
}

function failed(what: string): RedisKitError {
  return new RedisKitError('EMBEDDED_REDIS_FAILED', `The embedded Redis ${what}`);
}

function notRestarted(cause: Error): RedisKitError {
  const message = `The embedded Redis could not be started again: ${cause.message}.`;
  return new RedisKitError('EMBEDDED_REDIS_FAILED', message, { cause });
}

async function keptFolder(folder: string): Promise<string> {
  const kept = resolve(folder);
  await mkdir(kept, { recursive: true });
  return kept;
}

function serverArguments(socket: string, folder: string, isKept: boolean): string[] {
  return [
    ['--port', '0'],
    ['--unixsocket', socket],
    ['--unixsocketperm', '700'],
    ['--save', ''],
    ['--daemonize', 'no'],
    ['--appendonly', isKept ? 'yes' : 'no'],
    ...(isKept ? [['--appendfsync', 'everysec']] : []),
    ['--dir', folder],
  ].flat();
}
