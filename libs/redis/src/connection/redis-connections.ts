import { Logger } from '@nestjs/common';
import { isError, RedisKitError } from '../common/errors.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { createClient, type ReachableConnection } from './client-factory.js';
import { coalesceWrites } from './coalesce-writes.js';
import {
  connectionStatus,
  embeddedServerChanged,
  type EmbeddedServerEvent,
} from './connection.events.js';
import { createBreaker } from './create-breaker.js';
import { EmbeddedServer } from './embedded/embedded-server.js';
import { keepTrying } from './keep-trying.js';
import { absorbLateErrors } from './late-errors.js';
import { LossReason } from './loss-reason.js';
import { isCluster, type ClientRole, type RedisClient } from './redis-client.js';
import type { ResolvedConnection } from './resolve-connection.js';
import { sendOnce } from './send-once.js';
import { WatchedBreakers } from './watched-breakers.js';
import { withDeadline } from './deadline.js';

const QUIT_LIMIT_MS = 1000;

interface OpenClient {
  readonly client: RedisClient;
  /** False for a client that the application passed in: that is the application's to close. */
  readonly isOurs: boolean;
}

/**
 * All clients of the module, one per connection and role, made on first use. Owns the embedded
 * servers. Closed once, after the HTTP server has drained.
 */
export class RedisConnections {
  /** Those of all uses: whoever makes one adds it. */
  readonly breakers = new WatchedBreakers();
  readonly #logger = new Logger('RedisModule');
  readonly #clients = new Map<string, OpenClient>();
  readonly #cacheBreakers = new Map<string, CircuitBreaker>();
  readonly #servers: EmbeddedServer[] = [];
  readonly #reachable = new Map<string, ReachableConnection>();
  #isClosed = false;

  private constructor(
    private readonly connections: ReadonlyMap<string, ResolvedConnection>,
    private readonly commandTimeouts: Readonly<Record<ClientRole, number>>,
  ) {}

  /** Starts the embedded servers, so that every client can be used as soon as it is injected. */
  static async open(
    connections: ReadonlyMap<string, ResolvedConnection>,
    commandTimeouts: Readonly<Record<ClientRole, number>>,
  ): Promise<RedisConnections> {
    const opened = new RedisConnections(connections, commandTimeouts);
    try {
      for (const [name, connection] of connections) {
        opened.#reachable.set(name, await opened.#reach(name, connection));
      }
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  }

  /** Names of all connections. */
  get names(): string[] {
    return [...this.#reachable.keys()];
  }

  /**
   * The client of a connection for one use.
   *
   * @throws RedisKitError `CONNECTION_NOT_FOUND`
   */
  client(name: string, role: ClientRole): RedisClient {
    const key = `${name}:${role}`;
    const existing = this.#clients.get(key);
    if (existing) return existing.client;
    const connection = this.#reachable.get(name);
    if (!connection) throw notFound(name, this.names);
    const client = createClient(connection, role, { commandTimeoutMs: this.commandTimeouts[role] });
    const isOurs = !(connection.kind === 'client' && role === 'general');
    this.#clients.set(key, { client, isOurs });
    if (isOurs) {
      this.#report(name, role, client);
      absorbLateErrors(client);
      sendOnce(client, role);
      keepTrying(client);
    }
    if (role === 'session' || role === 'cache') coalesceWrites(client);
    return client;
  }

  /** The clients made so far; whoever watches over them makes none. */
  get opened(): {
    readonly name: string;
    readonly role: ClientRole;
    readonly client: RedisClient;
  }[] {
    return [...this.#clients].map(([key, { client }]) => {
      const at = key.lastIndexOf(':');
      return { name: key.slice(0, at), role: key.slice(at + 1) as ClientRole, client };
    });
  }

  /** What a connection was configured as; holds passwords, so never log it. */
  resolved(name: string): ResolvedConnection | undefined {
    return this.connections.get(name);
  }

  /**
   * The client of a connection for one use, once it can be used.
   *
   * @throws RedisKitError `REDIS_DEADLINE_EXCEEDED`, `CONNECTION_NOT_FOUND`
   */
  async ready(name: string, role: ClientRole, limitMs: number): Promise<RedisClient> {
    const client = this.client(name, role);
    let resolve = (): void => undefined;
    const ready = new Promise<void>((done) => (resolve = done));
    client.once('ready', resolve);
    try {
      if (client.status === 'ready') return client;
      // The first attempt may fail; the retries go on.
      if (client.status === 'wait') client.connect().catch(() => undefined);
      await withDeadline(ready, limitMs);
      return client;
    } finally {
      client.off('ready', resolve);
    }
  }

  /** The breaker of the caches on a connection, shared by all of them. */
  breaker(name: string): CircuitBreaker {
    const known = this.#cacheBreakers.get(name);
    if (known) return known;
    const breaker = createBreaker(name);
    this.#cacheBreakers.set(name, breaker);
    this.breakers.add(name, 'cache', breaker);
    return breaker;
  }

  /**
   * Connects the clients made so far and waits for their servers, at most `limitMs`. One that has no
   * server by then goes on trying. Raw clients connect on their first command.
   *
   * @returns whether all are ready
   */
  async connect(limitMs: number): Promise<boolean> {
    this.breakers.start();
    const clients = [...this.#clients].filter(([key]) => !key.endsWith(':general'));
    const waiting = clients.map(([, { client }]) => withDeadline(connected(client), limitMs));
    const states = await Promise.allSettled(waiting);
    return states.every(({ status }) => status === 'fulfilled');
  }

  /** Closes our clients within a second (`quit` alone waits for ever on a frozen server), then ends the embedded servers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.breakers.stop();
    const ours = [...this.#clients.values()].filter(({ isOurs }) => isOurs);
    this.#clients.clear();
    await Promise.all(ours.map(({ client }) => quit(client)));
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  async #reach(name: string, connection: ResolvedConnection): Promise<ReachableConnection> {
    if (connection.kind !== 'embedded') return connection;
    const server = await EmbeddedServer.start(connection, (news) =>
      this.#reportServer({ connection: name, ...news }),
    );
    this.#servers.push(server);
    return { kind: 'redis', redis: { path: server.socket } };
  }

  #reportServer(event: EmbeddedServerEvent): void {
    const { connection, status, error } = event;
    const server = `Embedded server of connection \`${connection}\``;
    if (status === 'ended') this.#logger.warn(`${server}: ${error?.message} Starting it again.`);
    if (status === 'restarted') this.#logger.log(`${server} runs again.`);
    if (status === 'given-up') {
      this.#logger.error(
        `${server} does not stay up and is given up: ${error?.message} Restart the application, or give the ` +
          'URL of a running Redis in the option `connection`.',
      );
    }
    embeddedServerChanged.publish(() => event);
  }

  /** One log line when a server is lost and one when it is back, however many errors lie between. */
  #report(connection: string, role: ClientRole, client: RedisClient): void {
    let isLost = false;
    const reason = new LossReason(client);
    client.on('error', (given: Error) => {
      // A handshake that `close` cuts off fails too; nobody tries again, so nothing is lost.
      if (isLost || this.#isClosed) return;
      isLost = true;
      const error = reason.of(given);
      this.#logger.warn(
        `Redis connection \`${connection}\` (${role}) is lost: ${error.message || error.name}. Trying again.`,
      );
      connectionStatus.publish(() => ({ connection, role, status: 'lost', error }));
    });
    client.on('ready', () => {
      if (isLost) this.#logger.log(`Redis connection \`${connection}\` (${role}) is back.`);
      isLost = false;
      connectionStatus.publish(() => ({ connection, role, status: 'ready' }));
    });
  }
}

function notFound(name: string, known: readonly string[]): RedisKitError {
  return new RedisKitError(
    'CONNECTION_NOT_FOUND',
    `No Redis connection named \`${name}\`; configured: ${known.map((one) => `\`${one}\``).join(', ')}. ` +
      `Add it to RedisModule.forRoot({ connections: { ${name}: … } }).`,
  );
}

function connected(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve) => {
    client.once('ready', () => resolve());
    // The first attempt may fail; its error is an event too, and the retries go on.
    if (client.status === 'wait') client.connect().catch(() => undefined);
  });
}

async function quit(client: RedisClient): Promise<void> {
  // A lazy client that never connected, or one between two attempts, has nobody to say goodbye to.
  if (client.status !== 'ready') return client.disconnect();
  try {
    await withDeadline(client.quit(), QUIT_LIMIT_MS);
    // QUIT leaves the connections open on which `failoverDetector` listens to the Sentinels.
    if (!isCluster(client) && client.options.sentinels) client.disconnect();
  } catch (error) {
    if (!isError(error)) throw error;
    client.disconnect();
  }
}
