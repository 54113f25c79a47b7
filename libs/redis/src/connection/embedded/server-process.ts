import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RedisKitError } from '../../common/errors.js';
import { SUPERVISOR } from './supervisor.js';

const START_LIMIT_MS = 5000;
const STOP_LIMIT_MS = 5000;
const LOOK_AGAIN_MS = 50;
/** Of the server's output, for the error that says why it ended. */
const KEPT_CHARACTERS = 2000;

export interface ServerCommand {
  /** Temporary folder; removed with the server. */
  readonly folder: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** One run of a server below its supervisor (see supervisor.ts). */
export class ServerProcess {
  /** Resolves with the words about it when the server has ended, for whatever reason. */
  readonly ended: Promise<string>;
  #words = '';

  private constructor(private readonly supervisor: ChildProcess) {
    for (const stream of [supervisor.stdout, supervisor.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#words = (this.#words + chunk.toString()).slice(-KEPT_CHARACTERS);
      });
    }
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => resolve(`${how}. ${this.#words.trim()}`.trim());
      supervisor.once('error', (error) => end(`could not be started: ${error.message}`));
      supervisor.once('exit', (code, signal) => end(`ended ${describeEnd(code, signal)}`));
    });
  }

  /**
   * Starts the server and waits until it accepts connections, at most five seconds.
   *
   * @throws RedisKitError `EMBEDDED_REDIS_FAILED` with the server's words
   */
  static async start({ folder, program, args }: ServerCommand): Promise<ServerProcess> {
    const supervisor = spawn(
      '/bin/sh',
      ['-c', SUPERVISOR, 'redis-supervisor', folder, program, ...args],
      // Own process group: Ctrl-C in a terminal reaches the application, which then ends the server in order.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
    const server = new ServerProcess(supervisor);
    supervisor.stdin?.on('error', () => supervisor.kill());
    await server.#untilReady();
    server.#letProcessEnd();
    return server;
  }

  /**
   * Asks the server to end and waits until nothing of it runs: it outlives a supervisor that was killed for a moment.
   *
   * @returns false when it still runs after five seconds
   */
  async release(): Promise<boolean> {
    this.supervisor.stdin?.end();
    const giveUpAt = performance.now() + STOP_LIMIT_MS;
    while (this.#isRunning && performance.now() < giveUpAt) {
      await delay(LOOK_AGAIN_MS, undefined, { ref: false });
    }
    return !this.#isRunning;
  }

  /** Ends the server and waits until it is gone. Safe to call twice. */
  async stop(): Promise<void> {
    this.supervisor.stdin?.end();
    if (this.supervisor.exitCode !== null || this.supervisor.signalCode !== null) return;
    const gone = once(this.supervisor, 'exit', { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
    this.supervisor.ref();
    await gone;
  }

  /** Server and supervisor are a process group of their own. */
  get #isRunning(): boolean {
    const { pid } = this.supervisor;
    if (pid === undefined) return false;
    try {
      return process.kill(-pid, 0);
    } catch {
      return false;
    }
  }

  async #untilReady(): Promise<void> {
    const { stdout } = this.supervisor;
    let limit: NodeJS.Timeout | undefined;
    const problem = await new Promise<string | undefined>((resolve) => {
      limit = setTimeout(
        () => resolve(`was not ready after ${START_LIMIT_MS} ms. ${this.#words.trim()}`),
        START_LIMIT_MS,
      );
      stdout?.on('data', () => {
        if (/ready to accept connections/i.test(this.#words)) resolve(undefined);
      });
      void this.ended.then(resolve);
    });
    clearTimeout(limit);
    if (problem === undefined) {
      // What it says from now on is about its end.
      this.#words = '';
      return;
    }
    this.supervisor.stdin?.end();
    throw new RedisKitError('EMBEDDED_REDIS_FAILED', `The embedded Redis ${problem}`);
  }

  /** The server alone keeps no process alive. */
  #letProcessEnd(): void {
    const { stdin, stdout, stderr } = this.supervisor;
    for (const stream of [stdin, stdout, stderr]) unref(stream);
    this.supervisor.unref();
  }
}

/** The supervisor ends with the code of the server; above 128 it was a signal. */
function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === null) return `with its supervisor (${signal})`;
  return code > 128 ? `by signal ${code - 128}` : `with code ${code}`;
}

function unref(stream: unknown): void {
  (stream as { unref?: () => void } | null)?.unref?.();
}
