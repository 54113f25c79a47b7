import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';

/** A real `redis-server` of one test file, on a free loopback port. */
export class RedisServer {
  #process: ChildProcess;

  private constructor(
    process: ChildProcess,
    readonly port: number,
    private readonly options: readonly string[],
  ) {
    this.#process = process;
  }

  static async start(options: readonly string[] = []): Promise<RedisServer> {
    const port = await freePort();
    return new RedisServer(await spawnServer(port, options), port, options);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** A client for looking at the data; close it with `disconnect`. */
  client(): Redis {
    return new Redis(this.url);
  }

  /** Runs one piece of work with a client of its own. */
  async use<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = this.client();
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  /** Stops answering without closing a connection, as a hung host does. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  /** Ends the server; its data is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  /** Starts it again on the same port, empty. */
  async restart(): Promise<void> {
    await this.stop();
    this.#process = await spawnServer(this.port, this.options);
  }
}

async function spawnServer(port: number, options: readonly string[]): Promise<ChildProcess> {
  const binary = process.env.REDIS_SERVER_BIN ?? 'redis-server';
  const server = spawn(
    binary,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...options],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const killWithUs = (): boolean => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  server.once('exit', () => process.off('exit', killWithUs));
  await new Promise<void>((resolve, reject) => {
    let words = '';
    server.stdout.on('data', (chunk: Buffer) => {
      words += chunk.toString();
      if (words.includes('Ready to accept connections')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${words}`)));
    server.once('error', reject);
  });
  return server;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
