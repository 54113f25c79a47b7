import type { Redis } from 'ioredis';
import { parseDuration, type Duration } from '../common/duration.js';
import { asError } from '../common/errors.js';
import { withDeadline } from '../connection/deadline.js';
import { isCluster } from '../connection/redis-client.js';
import type { RedisConnections } from '../connection/redis-connections.js';

/** How much one inspection may cost. */
export interface InspectionBudget {
  /** Longest time. Default `'2s'`. */
  readonly time?: Duration;
  /** Most commands, over all servers. Default 3000. */
  readonly commands?: number;
}

/** The answer of an inspection: what could be learned within its budget. */
export interface Inspected<T> {
  readonly value: T;
  /** What is not in it and why: out of budget, not allowed, not known to the server, no answer. */
  readonly missing: readonly string[];
  readonly tookMs: number;
  /** Commands sent. */
  readonly commands: number;
}

/** One primary. */
export interface InspectedNode {
  /** `host:port`, or the path of a Unix socket. */
  readonly address: string;
  readonly redis: Redis;
}

/** One inspection on its way: counts its commands, keeps its time, and notes what it could not learn. */
export class Probe {
  readonly #startedAt = performance.now();
  readonly #limitMs: number;
  readonly #limit: number;
  readonly #missing = new Map<string, string>();
  #sent = 0;

  constructor({ time = '2s', commands = 3000 }: InspectionBudget = {}) {
    this.#limitMs = parseDuration(time, 'time');
    this.#limit = commands;
  }

  /** Commands that may still be sent; 0 when the time is over. */
  get commandsLeft(): number {
    return this.#leftMs > 0 ? Math.max(0, this.#limit - this.#sent) : 0;
  }

  /**
   * Sends one command within the budget.
   *
   * @param what names it where it is missing
   * @returns undefined where it is missing
   */
  async ask<T>(what: string, send: () => Promise<T>): Promise<T | undefined> {
    if (this.commandsLeft === 0) return this.miss(what, 'out of budget');
    this.#sent += 1;
    try {
      return await withDeadline(send(), this.#leftMs);
    } catch (error) {
      return this.miss(what, asError(error).message);
    }
  }

  /** Notes once why something is not known. */
  miss(what: string, reason: string): undefined {
    if (!this.#missing.has(what)) this.#missing.set(what, reason.slice(0, 160));
    return undefined;
  }

  /** Every primary of a connection; none where it cannot be reached. */
  async primaries(connections: RedisConnections, name: string): Promise<InspectedNode[]> {
    try {
      const client = await connections.ready(name, 'worker', Math.max(1, this.#leftMs));
      const nodes = isCluster(client) ? client.nodes('master') : [client];
      return nodes.map((redis) => ({ address: addressOf(redis), redis }));
    } catch (error) {
      this.miss(`connection \`${name}\``, asError(error).message);
      return [];
    }
  }

  done<T>(value: T): Inspected<T> {
    const missing = [...this.#missing].map(([what, reason]) => `${what}: ${reason}`);
    return { value, missing, tookMs: performance.now() - this.#startedAt, commands: this.#sent };
  }

  get #leftMs(): number {
    return this.#limitMs - (performance.now() - this.#startedAt);
  }
}

function addressOf({ options: { path, host = '127.0.0.1', port = 6379 } }: Redis): string {
  return path ?? `${host}:${port}`;
}
