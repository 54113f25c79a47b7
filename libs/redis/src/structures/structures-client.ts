import { CircuitBreaker } from '../connection/circuit-breaker.js';
import { breakerChanged } from '../connection/connection.events.js';
import { withDeadline } from '../connection/deadline.js';
import type { RedisClient } from '../connection/redis-client.js';
import { RedisGate } from '../connection/redis-gate.js';
import type { LuaScript } from '../connection/scripts/script.js';
import type { ResolvedStructuresOptions } from './structures.options.js';

/** As for the cache: a few deadlines in a row, then one probe per second. */
const BREAKER = { failures: 5, probeEveryMs: 1000 };

/**
 * The way of the structures to Redis. Nothing here is safe to repeat (an increment counts twice), so its
 * connection has no offline queue and sends nothing again: a call that rejects was either not sent, or its
 * reply was lost and nobody knows.
 */
export class StructuresClient {
  #gate: RedisGate | undefined;
  #hasConnected = false;
  #firstConnection: Promise<void> | undefined;

  /** @param open makes the client at the first call: an application without structures has no connection for them */
  constructor(
    private readonly open: () => RedisClient,
    private readonly options: Pick<ResolvedStructuresOptions, 'connection' | 'deadlineMs'>,
    private readonly watchBreaker: (breaker: CircuitBreaker) => void = () => undefined,
  ) {}

  /** Makes the client now, so that it is connected with the others when the application starts. */
  prepare(): void {
    this.#open();
  }

  /**
   * @throws RedisKitError `REDIS_UNAVAILABLE` or `REDIS_DEADLINE_EXCEEDED`, else what Redis or the connection said
   */
  run<T>(operation: (client: RedisClient) => Promise<T>, name?: string): Promise<T> {
    const gate = this.#open();
    if (this.#hasConnected || gate.client.status === 'ready') {
      this.#hasConnected = true;
      return gate.run(operation, name);
    }
    // Without an offline queue a command before the first connection would be refused. It is sent after the
    // wait, never after the deadline.
    return gate.run(async (client) => {
      this.#firstConnection ??= ready(client);
      await withDeadline(this.#firstConnection, this.options.deadlineMs);
      return operation(client);
    }, name);
  }

  script(
    script: LuaScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return this.run((client) => script.run(client, keys, args), script.name);
  }

  #open(): RedisGate {
    this.#gate ??= this.#makeGate();
    return this.#gate;
  }

  #makeGate(): RedisGate {
    const { connection, deadlineMs } = this.options;
    const breaker = new CircuitBreaker({
      ...BREAKER,
      onChange: (state) => breakerChanged.publish(() => ({ connection, use: 'structures', state })),
    });
    this.watchBreaker(breaker);
    return new RedisGate(this.open(), breaker, deadlineMs, 'structures');
  }
}

function ready(client: RedisClient): Promise<void> {
  return new Promise((resolve) => {
    client.once('ready', () => resolve());
    // A failed attempt is an event of the connection, and others follow.
    if (client.status === 'wait') client.connect().catch(() => undefined);
  });
}
