import type { ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  CachePolicy,
  CacheTTL,
  getCacheToken,
  RedisModule,
  type Cache,
  type RedisModuleOptions,
} from 'nestjs-redis-kit';
import type { Redis } from 'ioredis';
import { startApp, urlOf } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';
import { Origin } from './origin.js';
import { Page } from './page.js';
import { ORIGIN_URL, proxyAt, type MountDecorator } from './proxy.controller.js';

/** A named cache: it shares its clock with that of the answers. */
const ANY_CACHE = 'any';

/** Path to decorators of the reverse proxy there. */
export type Mounts = Readonly<Record<string, readonly MountDecorator[]>>;

export interface HarnessSettings {
  /** Over those that every harness has: `headers`, `heuristic`, `ttl` and `default`. */
  readonly mounts?: Mounts;
  readonly cache?: RedisModuleOptions['cache'];
  readonly metadata?: ModuleMetadata;
  readonly prepare?: (app: NestExpressApplication) => void;
}

const EVERY_MOUNT: Mounts = {
  headers: [CachePolicy({ freshness: 'headers' })],
  heuristic: [CachePolicy({ freshness: 'heuristic' })],
  ttl: [CachePolicy({ freshness: 'ttl' }), CacheTTL('1h')],
  default: [],
};

/**
 * Client, cached reverse proxy and origin on one clock, which a test may turn forward. A page is a
 * path that no other test uses, so tests need not clean up after each other.
 */
export class ProxyHarness {
  /** The time of cache and origin, in milliseconds. */
  readonly now: () => number;
  readonly #watch: Redis;
  #pages = 0;
  #aheadMs = 0;

  private constructor(
    readonly redis: RedisServer,
    readonly origin: Origin,
    readonly app: NestExpressApplication,
    readonly url: string,
  ) {
    this.#watch = redis.client();
    const { clock } = app.get<Cache<unknown>>(getCacheToken(ANY_CACHE));
    const realNow = clock.now.bind(clock);
    clock.now = () => realNow() + this.#aheadMs;
    this.now = () => clock.now();
  }

  static async start({
    mounts,
    cache,
    metadata,
    prepare,
  }: HarnessSettings = {}): Promise<ProxyHarness> {
    const redis = await RedisServer.start();
    const started: { harness?: ProxyHarness } = {};
    const origin = await Origin.start(() => started.harness?.now() ?? Date.now());
    const all = Object.entries({ ...EVERY_MOUNT, ...mounts });
    const app = await startApp(
      { connection: redis.url, cache },
      {
        ...metadata,
        imports: [
          ...(metadata?.imports ?? []),
          RedisModule.forFeature({ caches: { [ANY_CACHE]: {} } }),
        ],
        controllers: [...(metadata?.controllers ?? []), ...all.map((one) => proxyAt(...one))],
        providers: [...(metadata?.providers ?? []), { provide: ORIGIN_URL, useValue: origin.url }],
      },
      prepare,
    );
    started.harness = new ProxyHarness(redis, origin, app, await urlOf(app));
    return started.harness;
  }

  /** The time as fields tell it. @param seconds from now */
  readonly date = (seconds = 0): string => new Date(this.now() + seconds * 1000).toUTCString();

  /** Lets time pass for cache and origin, once what was sent has been stored. */
  async pass(seconds: number): Promise<void> {
    await this.settled();
    this.#aheadMs += seconds * 1000;
  }

  /** Waits until the cache has nothing more to tell Redis: an answer is out before it is stored. */
  async settled(): Promise<void> {
    let quiet = 0;
    let before = await this.#commands();
    await eventually(async () => {
      const commands = await this.#commands();
      quiet = commands === before ? quiet + 1 : 0;
      before = commands;
      if (quiet < 2) throw new Error('The cache is still at work.');
    });
  }

  /** How many commands Redis has run, other than those that ask for it. */
  async #commands(): Promise<number> {
    const lines = (await this.#watch.info('commandstats')).match(/^cmdstat_(?!info).*/gm) ?? [];
    return lines.reduce((sum, line) => sum + Number(/calls=(\d+)/.exec(line)?.[1]), 0);
  }

  /** A page that nobody has asked for, on a mount. */
  page(mount = 'headers'): Page {
    this.#pages += 1;
    return new Page({ base: this.url, path: `/${mount}/page-${this.#pages}`, origin: this.origin });
  }

  async stop(): Promise<void> {
    this.#watch.disconnect();
    // First: what a failed test still holds there would keep the application from closing.
    await this.origin.stop();
    await this.app.close();
    await this.redis.stop();
  }
}
