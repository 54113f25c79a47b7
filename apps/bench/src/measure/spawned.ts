import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();

export interface Program {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A process that this benchmark started and ends, whatever happens. */
export class Spawned {
  readonly #child: ChildProcess;

  private constructor(
    readonly name: string,
    child: ChildProcess,
  ) {
    this.#child = child;
  }

  static start(name: string, { command, env = {} }: Program): Spawned {
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production', ...env },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return new Spawned(name, child);
  }

  /** Sends a message, or nothing, and waits for the next one. */
  async ask<Answer>(question: object | undefined, limitMs = 30_000): Promise<Answer> {
    const controller = new AbortController();
    const { signal } = controller;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(limitMs))]);
    try {
      const answer = once(this.#child, 'message', { signal: limit });
      const gone = once(this.#child, 'exit', { signal }).then(([code]: unknown[]) => {
        throw new Error(`${this.name} has ended with code ${String(code)}.`);
      });
      if (question) this.#child.send(question);
      const [message] = (await Promise.race([answer, gone])) as [Answer];
      return message;
    } catch (error) {
      if (limit.aborted)
        throw new Error(`${this.name} has not answered in ${limitMs} ms.`, { cause: error });
      throw error;
    } finally {
      controller.abort();
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** On the way out: nothing that was started outlives the benchmark. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
