import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RedisKitError } from '../../common/errors.js';
import { findServer } from './find-server.js';
import { SUPERVISOR } from './supervisor.js';

const START_LIMIT_MS = 5000;
const STOP_LIMIT_MS = 5000;

export interface EmbeddedServerOptions {
  /** Folder for an append-only file. Default: nothing is written. */
  readonly folder?: string;
  /** Path of the server program. Default: the first of `redis-server`, `valkey-server` on PATH. */
  readonly binary?: string;
}

/**
 * A private Redis as a child process, on a Unix socket that only this user can open. It ends with
 * {@link stop} and with the application, also when that is killed (see supervisor.ts).
 */
export class EmbeddedServer {
  private constructor(
    private readonly supervisor: ChildProcess,
    /** Path of the Unix socket. */
    readonly socket: string,
  ) {}

  /**
   * Starts the server and waits until it accepts connections, at most five seconds.
   *
   * @throws RedisKitError `EMBEDDED_REDIS_NOT_FOUND`, `EMBEDDED_REDIS_FAILED` with the server's words
   */
  static async start(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
    const program = findServer(options.binary);
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-redis-kit-'));
    const socket = join(folder, 'redis.sock');
    const supervisor = spawn(
      '/bin/sh',
      [
        '-c',
        SUPERVISOR,
        'redis-supervisor',
        folder,
        program,
        ...(await serverArguments(socket, folder, options)),
      ],
      // Own process group: Ctrl-C in a terminal reaches the application, which then ends the server in order.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
    const server = new EmbeddedServer(supervisor, socket);
    await server.untilReady();
    server.letProcessEnd();
    return server;
  }

  /** Ends the server and waits until it is gone. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.supervisor.exitCode !== null || this.supervisor.signalCode !== null) return;
    const gone = once(this.supervisor, 'exit', { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
    this.supervisor.ref();
    this.supervisor.stdin?.end();
    await gone;
  }

  private async untilReady(): Promise<void> {
    const words: string[] = [];
    await new Promise<void>((ready, fail) => {
      const limit = setTimeout(
        () => failed(`was not ready after ${START_LIMIT_MS} ms`),
        START_LIMIT_MS,
      );
      const failed = (what: string): void => {
        clearTimeout(limit);
        this.supervisor.stdin?.end();
        fail(
          new RedisKitError(
            'EMBEDDED_REDIS_FAILED',
            `The embedded Redis ${what}. ${words.join('').trim()}`,
          ),
        );
      };
      const listen = (chunk: Buffer): void => {
        words.push(chunk.toString());
        if (!/ready to accept connections/i.test(words.join(''))) return;
        clearTimeout(limit);
        ready();
      };
      this.supervisor.stdout?.on('data', listen);
      this.supervisor.stderr?.on('data', listen);
      this.supervisor.once('error', (error) => failed(`could not be started: ${error.message}`));
      this.supervisor.once('exit', (code) => failed(`ended with code ${code}`));
    });
    this.supervisor.removeAllListeners('exit');
  }

  /** The server alone keeps no process alive, and its later words are read and dropped. */
  private letProcessEnd(): void {
    for (const stream of [this.supervisor.stdout, this.supervisor.stderr]) {
      stream?.removeAllListeners('data');
      stream?.resume();
      unref(stream);
    }
    unref(this.supervisor.stdin);
    this.supervisor.stdin?.on('error', () => this.supervisor.kill());
    this.supervisor.unref();
  }
}

async function serverArguments(
  socket: string,
  temporary: string,
  { folder }: EmbeddedServerOptions,
): Promise<string[]> {
  const common = [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--unixsocketperm',
    '700',
    '--save',
    '',
    '--daemonize',
    'no',
  ];
  if (!folder) return [...common, '--appendonly', 'no', '--dir', temporary];
  const kept = resolve(folder);
  await mkdir(kept, { recursive: true });
  return [...common, '--appendonly', 'yes', '--appendfsync', 'everysec', '--dir', kept];
}

function unref(stream: unknown): void {
  (stream as { unref?: () => void } | null)?.unref?.();
}
