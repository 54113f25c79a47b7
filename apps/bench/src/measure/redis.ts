import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { offServerCore } from './machine.js';

/** Redis ends with the pipe to this process, which the kernel closes even after SIGKILL. */
const SUPERVISE = '"$@" & read _; kill -9 $!';

/** Bytes that Redis has received and sent. Sums since its start. */
export interface Traffic {
  readonly received: number;
  readonly sent: number;
}

/** A Redis of the benchmark's own, in memory only, on loopback. */
export class BenchRedis {
  private constructor(
    private readonly server: ChildProcess,
    readonly url: string,
    readonly client: Redis,
  ) {}

  static async start(): Promise<BenchRedis> {
    const port = await freePort();
    const program = process.env.REDIS_SERVER_BIN ?? 'redis-server';
    const options = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--databases',
      '64',
    ];
    const command = ['sh', '-c', SUPERVISE, 'sh', ...offServerCore([program, ...options])];
    const [file = '', ...args] = command;
    const server = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    const url = `redis://127.0.0.1:${port}`;
    const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 250 });
    // While the server starts, connecting fails; ping below is what tells that it is there.
    client.on('error', () => undefined);
    await client.ping();
    return new BenchRedis(server, url, client);
  }

  async version(): Promise<string> {
    return field(await this.client.info('server'), 'redis_version');
  }

  /** Removes the entries of one server. */
  async empty(database: number): Promise<void> {
    await this.client.multi().select(database).flushdb().select(0).exec();
  }

  async traffic(): Promise<Traffic> {
    const stats = await this.client.info('stats');
    return {
      received: Number(field(stats, 'total_net_input_bytes')),
      sent: Number(field(stats, 'total_net_output_bytes')),
    };
  }

  /**
   * The commands that clients send while `work` runs, by name. MONITOR tells them from those that a script
   * calls inside Redis, which INFO commandstats does not.
   */
  async commandsDuring(work: () => Promise<void>): Promise<Readonly<Record<string, number>>> {
    const monitor = await this.client.monitor();
    const seen: Record<string, number> = {};
    const end = `end-${process.hrtime.bigint()}`;
    const ended = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, [name = '', text]: string[], source: string) => {
        if (text === end) resolve();
        else if (source !== 'lua' && !HOUSEKEEPING.has(name.toLowerCase()))
          seen[name.toLowerCase()] = (seen[name.toLowerCase()] ?? 0) + 1;
      });
    });
    await work();
    await this.client.echo(end);
    await ended;
    monitor.disconnect();
    return seen;
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    const gone = once(this.server, 'exit');
    this.server.stdin?.end();
    await gone;
  }
}

/** What clients send by themselves, not for a request. */
const HOUSEKEEPING = new Set(['ping', 'info', 'client', 'hello', 'select']);

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
