import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  losesReplies: boolean;
}

/** A TCP line between an application and Redis that fails at a certain command; see ChaosProxy for failures of the whole. */
export class FlakyLine {
  readonly #lines = new Set<Line>();
  #isHeld = false;
  readonly #heldBack: (() => void)[] = [];
  #trap:
    { readonly pattern: RegExp; readonly spring: (line: Line, bytes: Buffer) => void } | undefined;

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
  ) {
    listener.on('connection', (client) => this.#open(client));
  }

  /** @param target port of Redis on loopback */
  static async start(target: number): Promise<FlakyLine> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new FlakyLine(listener, target);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** A black hole: nothing goes either way, and nothing is closed. What is on its way arrives after `restore`. */
  hold(): void {
    this.#isHeld = true;
    for (const line of this.#lines) pause(line);
  }

  /**
   * Lets the next command that matches arrive and loses its reply, with all that follow on its connection.
   *
   * @returns a promise of that moment
   */
  loseReplyTo(pattern: RegExp): Promise<void> {
    return this.#set(pattern, (line, bytes) => {
      line.losesReplies = true;
      line.server.write(bytes);
    });
  }

  /** As `hold`, from the next command that matches on, before it arrives. */
  holdAt(pattern: RegExp): Promise<void> {
    return this.#set(pattern, ({ server }, bytes) => {
      this.#heldBack.push(() => server.write(bytes));
      this.hold();
    });
  }

  /** Closes all connections. */
  cut(): void {
    for (const { client } of this.#lines) reset(client);
  }

  /** Ends all trouble. Connections that have lost something are closed: nothing on them can be trusted. */
  restore(): void {
    this.#isHeld = false;
    this.#trap = undefined;
    this.#heldBack.splice(0).forEach((send) => send());
    for (const line of this.#lines) {
      if (line.losesReplies) reset(line.client);
      line.client.resume();
      line.server.resume();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }

  #set(pattern: RegExp, act: (line: Line, bytes: Buffer) => void): Promise<void> {
    return new Promise((resolve) => {
      const spring = (line: Line, bytes: Buffer): void => {
        this.#trap = undefined;
        act(line, bytes);
        resolve();
      };
      this.#trap = { pattern, spring };
    });
  }

  #open(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    const line: Line = { client, server, losesReplies: false };
    this.#lines.add(line);
    client.on('data', (bytes) => this.#toServer(line, bytes));
    server.on('data', (bytes) => {
      if (!line.losesReplies) client.write(bytes);
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
    if (this.#isHeld) pause(line);
  }

  #toServer(line: Line, bytes: Buffer): void {
    if (this.#trap?.pattern.test(bytes.toString('latin1'))) this.#trap.spring(line, bytes);
    else line.server.write(bytes);
  }
}

function pause({ client, server }: Line): void {
  client.pause();
  server.pause();
}

/** What is being ended cannot be reset: Node would wait for the end at the exit of the process, for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
