// Folders outside the project, where the package is a package among others.
import { spawnSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const LONGEST_STEP_MS = 180_000;
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

export const SESSION_SECRET = 'a secret of the matrix, long enough for a test';

export class Workshop {
  #folder = mkdtempSync(join(tmpdir(), 'redis-kit-matrix-'));

  folder(name) {
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** An application with packages of its own. */
  application(name, { type, dependencies }) {
    const folder = this.folder(name);
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'application', private: true, type, dependencies }),
    );
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder);
    return folder;
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** @returns what the command printed. @throws Error with all of it when the command fails */
export function run(command, args, cwd) {
  const options = { cwd, encoding: 'utf8', timeout: LONGEST_STEP_MS, maxBuffer: 64 * 1024 * 1024 };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (error || status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error ?? ''}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Runs a server in a process of its own while `use` talks to it; its end by SIGTERM must be clean. */
export async function withServer(file, { node = process.execPath, env }, use) {
  const child = fork(file, {
    execPath: node,
    execArgv: [],
    env: { ...process.env, SESSION_SECRET, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk) => (complaints += chunk));
  const ended = once(child, 'exit');
  try {
    const started = once(child, 'message', { signal: AbortSignal.timeout(START_LIMIT_MS) });
    const [message] = await Promise.race([started, ended]);
    if (!message?.url) throw new Error(`The server did not start:\n${complaints}`);
    return await use(message.url);
  } finally {
    await stop(child, ended);
  }
}

async function stop(child, ended) {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
  if (child.signalCode === 'SIGKILL') throw new Error('The server did not end by SIGTERM.');
}
