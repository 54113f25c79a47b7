import type { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import type { RedisServer } from '../support/redis-server.js';

/** What a node sends by itself. */
const HEARTBEAT = new Set(['ping', 'time', 'echo', 'client', 'info']);

/** The commands that clients send to a server; those inside of scripts are not round trips. */
export class CommandLog {
  #seen: string[] = [];

  private constructor(
    private readonly watcher: Redis,
    private readonly monitor: Redis,
  ) {
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      if (source !== 'lua') this.#seen.push(args[0]!.toLowerCase());
    });
  }

  static async start(redis: RedisServer): Promise<CommandLog> {
    const watcher = redis.client();
    return new CommandLog(watcher, await watcher.monitor());
  }

  /** The commands that some work costs, in their order. */
  async inOrder(work: () => Promise<unknown>): Promise<string[]> {
    await this.#flush();
    this.#seen = [];
    await work();
    await this.#flush();
    return this.#seen.filter((name) => !HEARTBEAT.has(name));
  }

  /** The commands that some work costs, and how often each was sent. */
  async of(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const name of await this.inOrder(work)) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }

  stop(): void {
    this.monitor.disconnect();
    this.watcher.disconnect();
  }

  /** MONITOR tells in order, so a mark that has arrived is behind everything before it. */
  async #flush(): Promise<void> {
    const before = this.#seen.length;
    await this.watcher.echo('mark');
    await eventually(() => {
      if (!this.#seen.slice(before).includes('echo')) throw new Error('not yet');
    });
  }
}
