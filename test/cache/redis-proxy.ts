import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

type LineKind = 'subscriber' | 'commands';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  /** Recognized by its first SUBSCRIBE. */
  isSubscriber: boolean;
  isSwallowed: boolean;
}

/** Stands between a node and Redis, and fails in ways that Redis itself cannot be made to. */
export class RedisProxy {
  readonly #lines = new Set<Line>();
  #isRefusing = false;
  #swallowedCommand: RegExp | undefined;

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
  ) {
    listener.on('connection', (client) => this.#open(client));
  }

  static async start(target: number): Promise<RedisProxy> {
    // A line that carries nothing does not carry the end of the connection either.
    const listener = createServer({ allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new RedisProxy(listener, target);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** New connections are closed at once; those that are open stay. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Closes open lines of one kind. */
  cut(kind: LineKind): void {
    for (const { client, server } of this.#linesOf(kind)) {
      client.destroy();
      server.destroy();
    }
  }

  /** Open lines of one kind carry nothing any more, and stay open. */
  swallow(kind: LineKind): void {
    for (const line of this.#linesOf(kind)) line.isSwallowed = true;
  }

  /** Commands that match never reach Redis. */
  swallowCommand(command: RegExp): void {
    this.#swallowedCommand = command;
  }

  /** Ends all trouble for connections to come. */
  accept(): void {
    this.#isRefusing = false;
    this.#swallowedCommand = undefined;
  }

  async stop(): Promise<void> {
    for (const { client, server } of this.#lines) {
      client.destroy();
      server.destroy();
    }
    this.listener.close();
    await once(this.listener, 'close');
  }

  #linesOf(kind: LineKind): Line[] {
    return [...this.#lines].filter(({ isSubscriber }) => isSubscriber === (kind === 'subscriber'));
  }

  #open(client: Socket): void {
    if (this.#isRefusing) {
      client.destroy();
      return;
    }
    const server = connect(this.target, '127.0.0.1');
    const line: Line = { client, server, isSubscriber: false, isSwallowed: false };
    this.#lines.add(line);
    client.on('data', (bytes) => {
      line.isSubscriber ||= /subscribe/i.test(bytes.toString('latin1'));
      if (this.#swallowedCommand?.test(bytes.toString('latin1'))) line.isSwallowed = true;
      if (!line.isSwallowed) server.write(bytes);
    });
    client.on('end', () => {
      if (!line.isSwallowed) client.end();
    });
    server.on('data', (bytes) => {
      if (!line.isSwallowed) client.write(bytes);
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.#lines.delete(line);
      });
    }
  }
}
