import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { CacheOptions, EntryOptions } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';

export interface NodeSettings {
  readonly url: string;
  readonly options?: CacheOptions;
  readonly leaseMs?: number;
  /** How far the clock of the process is off. */
  readonly clockSkewMs?: number;
  /** Half of the replies of Redis arrive up to this much later. */
  readonly delayRepliesMs?: number;
  readonly seed?: number;
}

/** What a loader in a node does. */
export interface Load {
  readonly value?: unknown;
  readonly error?: string;
  readonly delayMs?: number;
  /** The loader waits until this name is released. */
  readonly hold?: string;
}

export interface Timed {
  readonly value: unknown;
  readonly ms: number;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A node of the application in a process of its own (test/fixtures/cache-node.mjs). */
export class CacheNode {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #calls = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on('message', (reply: Reply) => this.#settle(reply));
    process.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`The node ended with ${code ?? signal}.`));
    });
  }

  static async start(settings: NodeSettings): Promise<CacheNode> {
    const fixture = new URL('../fixtures/cache-node.mjs', import.meta.url);
    const process = fork(fixture, [JSON.stringify(settings)], {
      execArgv: [],
      // Carries undefined and Buffers.
      serialization: 'advanced',
    });
    await once(process, 'message');
    return new CacheNode(process);
  }

  get(key: string): Promise<unknown> {
    return this.call('get', key);
  }

  /** The value and the tier it came from. */
  async find(key: string): Promise<{ value: unknown; tier: 'l1' | 'l2' } | undefined> {
    return (await this.call('find', key)) as { value: unknown; tier: 'l1' | 'l2' } | undefined;
  }

  set(key: string, value: unknown, options?: EntryOptions): Promise<unknown> {
    return this.call('set', key, value, options);
  }

  delete(key: string): Promise<unknown> {
    return this.call('delete', key);
  }

  getOrSet(key: string, load: Load, options?: EntryOptions): Promise<unknown> {
    return this.call('getOrSet', key, load, options);
  }

  invalidateTags(...tags: string[]): Promise<unknown> {
    return this.call('invalidateTags', tags);
  }

  clear(): Promise<unknown> {
    return this.call('clear');
  }

  async loads(): Promise<number> {
    return (await this.call('loads')) as number;
  }

  /** Starts a load that waits, and returns once its loader runs. */
  async startHeldLoad(
    key: string,
    value: unknown,
    options?: EntryOptions,
  ): Promise<{ finish: () => Promise<unknown> }> {
    const hold = `${key}#${(this.#calls += 1)}`;
    const result = this.getOrSet(key, { value, hold }, options);
    result.catch(() => undefined);
    await eventually(async () => {
      if (!((await this.call('holding')) as string[]).includes(hold)) throw new Error('not yet');
    });
    return {
      finish: async () => {
        await this.call('release', hold);
        return result;
      },
    };
  }

  async timed(
    operation: 'Get' | 'Set' | 'Delete' | 'GetOrSet',
    ...args: unknown[]
  ): Promise<Timed> {
    return (await this.call(`timed${operation}`, ...args)) as Timed;
  }

  /** Runs an operation of the fixture. */
  call(operation: string, ...args: unknown[]): Promise<unknown> {
    const id = (this.#calls += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, operation, args });
    });
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  #settle({ id, value, error }: Reply): void {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  }
}
