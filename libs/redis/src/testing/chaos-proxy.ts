import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ChaosLine } from './chaos-line.js';
import type { Faults } from './faults.js';

/** Options of {@link startChaosProxy}. */
export interface ChaosProxyOptions {
  /** Where the bytes go. */
  readonly target: { readonly host?: string; readonly port: number };
  /** Faults from the start. Default: none. */
  readonly faults?: Faults;
  /** Connections at a time; one more is refused. Default 1000. */
  readonly maxConnections?: number;
}

/**
 * A TCP proxy that fails as networks do. Faults are set and lifted at run time, also for open
 * connections; bytes that a fault held back go on in order when it is lifted.
 */
export class ChaosProxy {
  readonly #lines = new Set<ChaosLine>();
  #faults: Faults;

  /** @internal */
  constructor(
    private readonly listener: Server,
    private readonly options: ChaosProxyOptions,
  ) {
    this.#faults = options.faults ?? {};
    listener.maxConnections = options.maxConnections ?? 1000;
    listener.on('connection', (client) => this.#open(client));
  }

  readonly host = '127.0.0.1';

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** `redis://` URL of the proxy. */
  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  /** Open connections. */
  get connections(): number {
    return this.#lines.size;
  }

  /** Replaces all faults, for open connections and for new ones. */
  set(faults: Faults): void {
    this.#faults = faults;
    for (const line of this.#lines) line.obey(faults);
  }

  /** Lifts all faults. Bytes that were held back go on; those that were swallowed are lost. */
  restore(): void {
    this.set({});
  }

  /** Ends all open connections with a reset (RST). New ones are welcome. */
  reset(): void {
    for (const line of this.#lines) line.reset();
  }

  /** Ends all connections and the proxy. Safe to call twice. */
  async stop(): Promise<void> {
    this.reset();
    if (!this.listener.listening) return;
    this.listener.close();
    await once(this.listener, 'close');
  }

  #open(client: Socket): void {
    if (this.#faults.refuse) {
      client.resetAndDestroy();
      return;
    }
    const { host = '127.0.0.1', port } = this.options.target;
    // Half-open is one of the faults, so the end of one direction must not end the other by itself.
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const line = new ChaosLine(client, server, this.#faults);
    this.#lines.add(line);
    void line.ended.then(() => this.#lines.delete(line));
  }
}

/** Starts a proxy on a free loopback port. Stop it in the test. */
export async function startChaosProxy(options: ChaosProxyOptions): Promise<ChaosProxy> {
  const listener = createServer({ allowHalfOpen: true, noDelay: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return new ChaosProxy(listener, options);
}
