import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../apps/sample/dist/main.js');
const FROM_HERE = ['PATH', 'HOME', 'TMPDIR', 'NODE_ENV', 'REDIS_SERVER_BIN'];

/** The shop as people start it: the built program, in a process of its own, on a free port. */
export class ShopProcess {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  /** @param env only these variables and the usual ones of a shell; without REDIS_URL an embedded Redis */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<ShopProcess> {
    const { process, exited } = launch({ PORT: '0', ...env });
    const url = await Promise.race([
      announcedUrl(process),
      exited.then((exit): never => {
        throw new Error(`The shop did not start: ${exit.errors}`);
      }),
    ]);
    return new ShopProcess(process, url);
  }

  /** Ends it as a terminal does, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await gone;
  }
}

export interface Exit {
  readonly code: number | null;
  readonly errors: string;
}

/** Starts the shop where it is expected to refuse. */
export function failedStart(env: Readonly<Record<string, string>>): Promise<Exit> {
  return launch({ PORT: '0', ...env }).exited;
}

function launch(env: Readonly<Record<string, string>>): {
  process: ChildProcess;
  exited: Promise<Exit>;
} {
  const inherited = FROM_HERE.flatMap((name) => {
    const value = globalThis.process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const child = spawn(globalThis.process.execPath, [MAIN], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  globalThis.process.once('exit', () => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, errors }));
  return { process: child, exited };
}

function announcedUrl({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let words = '';
    stdout?.on('data', (chunk: Buffer) => {
      words += chunk.toString();
      const [, port] = /http:\/\/localhost:(\d+)/.exec(words) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
  });
}
