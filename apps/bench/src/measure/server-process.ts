import { join } from 'node:path';
import type { FromServer, Sample, ServerSettings } from '../control.js';
import type { ServerChoice } from '../servers.js';
import { onServerCore } from './machine.js';
import { Spawned } from './spawned.js';

const PROGRAMS = join(import.meta.dirname, '../../servers');

/** One server under the benchmark. */
export class ServerProcess {
  private constructor(
    private readonly spawned: Spawned,
    readonly url: string,
    /** Its database in Redis. */
    readonly database: number,
  ) {}

  static async start(
    { id, program, variant }: ServerChoice,
    { redisUrl, prefix = `${id}:`, database, isPinned = true }: StartOptions,
  ): Promise<ServerProcess> {
    const settings: ServerSettings = { redisUrl: `${redisUrl}/${database}`, prefix, variant };
    const command = [process.execPath, join(PROGRAMS, `${program}.js`)];
    const spawned = Spawned.start(id, {
      command: isPinned ? onServerCore(command) : command,
      env: {
        BENCH_REDIS_URL: settings.redisUrl,
        BENCH_PREFIX: settings.prefix,
        BENCH_VARIANT: settings.variant,
      },
    });
    const message = await spawned.ask<FromServer>(undefined);
    if (message.kind !== 'listening') throw new Error(`${id} has not said where it listens.`);
    return new ServerProcess(spawned, `http://127.0.0.1:${message.port}`, database);
  }

  get name(): string {
    return this.spawned.name;
  }

  async sample(): Promise<Sample> {
    const message = await this.spawned.ask<FromServer>({ kind: 'sample' });
    if (message.kind !== 'sample') throw new Error(`${this.name} has not sent a sample.`);
    return message.sample;
  }

  /** Samples the process while `work` runs, into a `.cpuprofile`. */
  async profile(file: string, work: () => Promise<unknown>): Promise<void> {
    await this.spawned.ask<FromServer>({ kind: 'start-profile' });
    await work();
    await this.spawned.ask<FromServer>({ kind: 'write-profile', file });
  }

  end(): Promise<void> {
    return this.spawned.end();
  }
}

export interface StartOptions {
  readonly redisUrl: string;
  /** Default: the id of the server. Servers with the same prefix share their entries. */
  readonly prefix?: string;
  /** Servers share one Redis; not all of them can be given a prefix, so each has a database. */
  readonly database: number;
  /** Default: true. Several processes of one application are not to share one core. */
  readonly isPinned?: boolean;
}
