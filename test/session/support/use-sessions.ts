import { afterAll, beforeAll } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../../support/redis-server.js';
import type { SessionOptions } from '../library.js';
import { Browser, openShop, type Shop } from '../shop.js';
import { AccountNode, type NodeOptions } from './account-node.js';

/** Several processes start at once, maybe on a busy machine. */
export const START_LIMIT_MS = 60_000;

/** A Redis and what runs on it, for one describe block. Everything that was opened is closed after it. */
export class SessionBench {
  #server: RedisServer | undefined;
  #redis: Redis | undefined;
  readonly #closings: (() => Promise<void>)[] = [];

  get server(): RedisServer {
    return this.#server!;
  }

  /** For looking at the data. */
  get redis(): Redis {
    return this.#redis!;
  }

  async open(): Promise<void> {
    this.#server = await RedisServer.start();
    this.#redis = this.#server.client();
  }

  async close(): Promise<void> {
    await Promise.all(this.#closings.map((close) => close()));
    this.#redis?.disconnect();
    await this.#server?.stop();
  }

  /** Notes something to be closed with the bench. */
  closing(close: () => Promise<void>): void {
    this.#closings.push(close);
  }

  /** A shop in this process. */
  async shop(options: Partial<SessionOptions> = {}): Promise<Shop> {
    const shop = await openShop(this.server.url, options);
    this.#closings.push(() => shop.close());
    return shop;
  }

  /** A node in a process of its own. */
  async node(options: NodeOptions = {}): Promise<AccountNode> {
    const node = await AccountNode.start(this.server.url, options);
    this.#closings.push(() => node.stop());
    return node;
  }

  /** Names of the sessions in Redis. */
  async ids(prefix = 'sess:'): Promise<string[]> {
    const keys = await this.redis.keys(`${prefix}*`);
    return keys.map((key) => key.slice(prefix.length));
  }
}

/** Opens a bench before the tests of the block, and closes it after them. */
export function useSessions(prepare: (bench: SessionBench) => Promise<void>): void {
  const bench = new SessionBench();
  beforeAll(async () => {
    await bench.open();
    await prepare(bench);
  }, START_LIMIT_MS);
  afterAll(() => bench.close());
}

/** A browser that is logged in. */
export async function loggedIn(at: { readonly url: string }, user: string): Promise<Browser> {
  const browser = new Browser(at.url);
  await browser.post(`/login/${user}`);
  return browser;
}
