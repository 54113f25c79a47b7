import { isCluster, type RedisClient } from '../connection/redis-client.js';
import { infoNumber, parseInfo } from '../connection/redis-info.js';
import { SessionUnavailableError } from './session.errors.js';

export interface ReplicaAcknowledgementOptions {
  /** The connection that writes sessions. */
  readonly sessions: () => RedisClient;
  /** A connection to the same server for WAIT alone, which blocks the connection that it is sent on. */
  readonly waiting: () => RedisClient;
  /** Nobody listens to it. */
  readonly channel: string;
  readonly count: number;
  readonly timeoutMs: number;
  /** Told at start when the primary has fewer replicas than `count`. */
  readonly onTooFew: (replicas: number) => void;
}

/** What may be lost unseen: each new connection may lead to a server that does not have the write. */
interface Ground {
  readonly sessions: number;
  readonly waiting: number;
}

/**
 * Lets a write count only once so many replicas have it (`session.waitForReplicas`). WAIT speaks of all that went to the
 * replicas before the last command of its own connection that went there too. PUBLISH is such a command and changes no
 * data; it comes later than the write, which was answered by then. (A mere PING is enough up to Redis 7.0 alone.) Callers
 * that come while one WAIT runs share the next: no queue, at most two timeouts.
 * Source: Redis documentation, WAIT ("consistency and WAIT"); `forceCommandPropagation` in its `publishCommand`.
 */
export class ReplicaAcknowledgement {
  readonly #ground: { -readonly [K in keyof Ground]: Ground[K] } = { sessions: 0, waiting: 0 };
  #isWatching = false;
  #hasReplicas = true;
  #running: Promise<boolean> | undefined;
  #next: Promise<boolean> | undefined;

  constructor(private readonly options: ReplicaAcknowledgementOptions) {}

  /** Looks for replicas, so that the log says at start what will become of logins. */
  async start(): Promise<void> {
    this.#watch();
    const replicas = await this.#replicas();
    if (replicas === undefined || replicas >= this.options.count) return;
    this.#hasReplicas = replicas > 0;
    this.options.onTooFew(replicas);
  }

  /**
   * Resolves with the work's result once the replicas have what it wrote.
   *
   * @throws SessionUnavailableError when too few have; the primary has the write all the same
   */
  async after<T>(work: () => Promise<T>): Promise<T> {
    this.#watch();
    const before = { ...this.#ground };
    const result = await work();
    await this.#acknowledged(before);
    return result;
  }

  async #acknowledged(before: Ground): Promise<void> {
    const isHeld = await this.#join().catch((cause: unknown) => {
      throw new SessionUnavailableError('Redis did not say whether replicas have it.', { cause });
    });
    const isSameServer =
      before.sessions === this.#ground.sessions &&
      before.waiting === this.#ground.waiting &&
      addressOf(this.options.sessions()) === addressOf(this.options.waiting());
    if (!isSameServer)
      throw new SessionUnavailableError('the server changed before replicas had the session.');
    if (isHeld) return;
    const { count, timeoutMs } = this.options;
    throw new SessionUnavailableError(
      `fewer than ${count} replicas had it after ${timeoutMs} ms. See \`session.waitForReplicas\`.`,
    );
  }

  /** A WAIT that begins after now. */
  #join(): Promise<boolean> {
    if (!this.#running) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<boolean> {
    this.#next = undefined;
    const round = this.#ask().finally(() => {
      if (this.#running === round) this.#running = undefined;
    });
    this.#running = round;
    return round;
  }

  /** @returns true when enough replicas have all writes so far, and where there are none to wait for */
  async #ask(): Promise<boolean> {
    const client = this.options.waiting();
    const { channel, count, timeoutMs } = this.options;
    // WAIT counts those that have the write: one that came and does not answer would look like none.
    if (!this.#hasReplicas && (await this.#replicas()) === 0) return true;
    this.#hasReplicas = true;
    const [, replicas] = await Promise.all([
      client.publish(channel, ''),
      client.wait(count, timeoutMs),
    ]);
    return replicas >= count;
  }

  /** How many the primary knows; undefined where it does not say. */
  async #replicas(): Promise<number | undefined> {
    const text = await this.options.waiting().info('replication');
    return infoNumber(parseInfo(text), 'connected_slaves');
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    for (const name of ['sessions', 'waiting'] as const)
      this.options[name]().on('close', () => (this.#ground[name] += 1));
  }
}

/** Of the server that a client is connected to; empty for a Unix socket, and between two connections. */
function addressOf(client: RedisClient): string {
  if (isCluster(client)) return '';
  const { remoteAddress = '', remotePort = '' } = client.stream ?? {};
  return `${remoteAddress}:${remotePort}`;
}
