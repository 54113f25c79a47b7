import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { CacheOptions } from 'nestjs-redis-kit';

export interface EncodingNodeSettings {
  readonly url: string;
  readonly cache?: CacheOptions;
  /** True to hold every compression back until `release`. */
  readonly holds?: boolean;
  /** True to let every compression fail. */
  readonly fails?: boolean;
}

/** A node whose cached answers are kept compressed, in a process of its own (test/fixtures/encoding-node.mjs). */
export class EncodingNode {
  #calls = 0;

  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(settings: EncodingNodeSettings): Promise<EncodingNode> {
    const fixture = new URL('../fixtures/encoding-node.mjs', import.meta.url);
    const process = fork(fixture, [JSON.stringify(settings)], { execArgv: [] });
    const [{ url }] = (await once(process, 'message')) as [{ url: string }];
    return new EncodingNode(process, url);
  }

  /** How often the compressors of Node ran. */
  compressions(): Promise<Readonly<Record<'br' | 'gzip', number>>> {
    return this.#call('calls');
  }

  /** What the cache reported. */
  errors(): Promise<readonly string[]> {
    return this.#call('errors');
  }

  /** Lets the compressions that are held back go on. */
  release(): Promise<void> {
    return this.#call('release');
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  #call<R>(operation: string): Promise<R> {
    const id = (this.#calls += 1);
    return new Promise((resolve) => {
      const answered = (reply: { id: number; value: R }): void => {
        if (reply.id !== id) return;
        this.process.off('message', answered);
        resolve(reply.value);
      };
      this.process.on('message', answered);
      this.process.send({ id, operation });
    });
  }
}
