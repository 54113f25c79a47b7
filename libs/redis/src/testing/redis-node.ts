import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis, RedisOptions } from 'ioredis';
import { createClient } from '../connection/client-factory.js';
import { SERVER_GUARD } from './server-guard.js';

const HOST = '127.0.0.1';
const START_LIMIT_MS = 20_000;
const COMMAND_LIMIT_MS = 5000;
const READY = /ready to accept connections|sentinel id is/i;
const PORT_TAKEN = /address already in use/i;

/** What a server is started with. */
export interface NodeOptions {
  /** Path of the server program. */
  readonly program: string;
  /** Folder of the whole topology; removed when the test process ends. */
  readonly folder: string;
  readonly port: number;
  /** Lines of `redis.conf`. */
  readonly config: readonly string[];
  /** How the test itself logs in: password of the `default` user, TLS. */
  readonly access: RedisOptions;
  readonly isSentinel?: boolean;
}

/** Another process has the port. Whoever chose the port chooses another one. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/**
 * One real server process on loopback. It ends with {@link stop} and with the test process, also when
 * that is killed.
 */
export class RedisNode {
  #guard: ChildProcess;
  #pid: number;

  private constructor(
    private readonly options: NodeOptions,
    { guard, pid }: RunningServer,
  ) {
    this.#guard = guard;
    this.#pid = pid;
  }

  /**
   * Starts a server and waits until it accepts connections.
   *
   * @throws PortTakenError, or an error with the server's words
   */
  static async start(options: NodeOptions): Promise<RedisNode> {
    const folder = folderOf(options);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'redis.conf'), `${configOf(options).join('\n')}\n`);
    return new RedisNode(options, await run(options));
  }

  get host(): string {
    return HOST;
  }

  get port(): number {
    return this.options.port;
  }

  /** True from its start to {@link kill} or {@link stop}; a frozen server runs. */
  get isRunning(): boolean {
    return this.#guard.exitCode === null && this.#guard.signalCode === null;
  }

  /** Stops answering without closing a connection, as a hung host does (SIGSTOP). */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  /** Goes on after {@link freeze}. */
  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Ends at once, as a crash does (SIGKILL). {@link restart} brings it back. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.#guard, 'exit');
    this.#signal('SIGKILL');
    await gone;
  }

  /** Starts it again on its port, empty where it does not persist. A running one is killed first. */
  async restart(): Promise<void> {
    await this.kill();
    const giveUpAt = Date.now() + START_LIMIT_MS;
    for (;;) {
      try {
        ({ guard: this.#guard, pid: this.#pid } = await run(this.options));
        return;
      } catch (error) {
        // A client's own socket may sit on the port for a moment, and clients know this port alone.
        if (!(error instanceof PortTakenError) || Date.now() > giveUpAt) throw error;
      }
    }
  }

  /** Ends it for good. Safe to call twice. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.#guard, 'exit');
    this.#guard.ref();
    this.#guard.stdin?.end();
    await gone;
  }

  /** A client as the all-powerful user, for looking at the data; close it with `disconnect`. */
  client(options: RedisOptions = {}): Redis {
    const redis = { host: HOST, port: this.port, ...this.options.access, ...options };
    return createClient({ kind: 'redis', redis }, 'general', {
      commandTimeoutMs: COMMAND_LIMIT_MS,
    }) as Redis;
  }

  /** Runs one piece of work with a client of its own, and fails when the server cannot be reached. */
  async use<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = this.client({
      retryStrategy: () => null,
      commandTimeout: COMMAND_LIMIT_MS,
      connectTimeout: COMMAND_LIMIT_MS,
    });
    // What fails is told by the command; an error event without a listener would be logged.
    client.on('error', () => undefined);
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  /** Sends one command. */
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.use((client) => client.call(command, ...args));
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.isRunning) process.kill(this.#pid, signal);
  }
}

interface RunningServer {
  readonly guard: ChildProcess;
  readonly pid: number;
}

function folderOf({ folder, port }: NodeOptions): string {
  return join(folder, String(port));
}

function configOf(options: NodeOptions): string[] {
  return [
    `bind ${HOST}`,
    ...(options.config.some((line) => line.startsWith('tls-port '))
      ? []
      : [`port ${options.port}`]),
    `dir ${folderOf(options)}`,
    ...(options.isSentinel ? [] : ['save ""', 'appendonly no']),
    ...options.config,
  ];
}

async function run(options: NodeOptions): Promise<RunningServer> {
  const guard = spawn(
    '/bin/sh',
    [
      '-c',
      SERVER_GUARD,
      'redis-guard',
      options.folder,
      options.program,
      join(folderOf(options), 'redis.conf'),
      ...(options.isSentinel ? ['--sentinel'] : []),
    ],
    // Own process group: Ctrl-C in a terminal reaches the test process alone, which then ends the servers.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  const words = await untilReady(guard);
  letProcessEnd(guard);
  return { guard, pid: Number(/^(\d+):/m.exec(words)?.[1]) };
}

function untilReady(guard: ChildProcess): Promise<string> {
  let words = '';
  return new Promise((ready, fail) => {
    const end = (outcome: () => void): void => {
      clearTimeout(limit);
      guard.removeAllListeners();
      outcome();
    };
    const failed = (what: string): void =>
      end(() => {
        guard.stdin?.end();
        const Failure = PORT_TAKEN.test(words) ? PortTakenError : Error;
        fail(new Failure(`A Redis server of the test ${what}. ${words.trim()}`));
      });
    const limit = setTimeout(
      () => failed(`was not ready after ${START_LIMIT_MS} ms`),
      START_LIMIT_MS,
    );
    const listen = (chunk: Buffer): void => {
      words += chunk.toString();
      if (READY.test(words)) end(() => ready(words));
    };
    guard.stdout?.on('data', listen);
    guard.stderr?.on('data', listen);
    guard.once('error', (error) => failed(`could not be started: ${error.message}`));
    // Not `exit`: the last words may still be in the pipe then.
    guard.once('close', (code) => failed(`ended with code ${code}`));
  });
}

/** The server alone keeps no process alive, and its later words are read and dropped. */
function letProcessEnd(guard: ChildProcess): void {
  for (const stream of [guard.stdout, guard.stderr]) {
    stream?.removeAllListeners('data');
    stream?.resume();
    unref(stream);
  }
  unref(guard.stdin);
  guard.stdin?.on('error', () => guard.kill());
  guard.unref();
}

function unref(stream: unknown): void {
  (stream as { unref?: () => void } | null)?.unref?.();
}
