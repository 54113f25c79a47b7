import {
  Inject,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { CacheRuntime } from '../cache/cache-runtime.js';
import type { HttpCache } from '../cache/http/http-cache.js';
import type { ConnectionOptions } from '../connection/connection.options.js';
import type { RedisConnections } from '../connection/redis-connections.js';
import { START_WAIT_MS } from '../redis.lifecycle.js';
import { createCacheRuntime, createHttpCache, openConnections } from '../redis.parts.js';
import { resolveOptions } from '../resolve-options.js';

/** What caches are made of: the application's, or those of one connection. */
export interface CacheEngine {
  readonly runtime: CacheRuntime;
  readonly http: HttpCache;
}

interface OpenEngine extends CacheEngine {
  readonly connections: RedisConnections;
}

/** The connections of an application without `RedisModule`, however many modules register a cache. */
@Injectable()
export class SharedRedis implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #engines = new Map<unknown, Promise<OpenEngine>>();

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {}

  /** @throws ConfigurationError that names `connection` */
  engine(connection: ConnectionOptions): Promise<CacheEngine> {
    const identity = isPlain(connection) ? JSON.stringify(connection) : connection;
    const known = this.#engines.get(identity) ?? this.#open(connection);
    this.#engines.set(identity, known);
    return known;
  }

  async onModuleInit(): Promise<void> {
    const engines = await this.#all();
    for (const { runtime } of engines) runtime.start();
    await Promise.all(engines.map(({ connections }) => connections.connect(START_WAIT_MS)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const engines = await this.#all();
    await Promise.all(engines.map(({ runtime }) => runtime.stop()));
  }

  /** The last requests may have invalidated something, too. */
  async onApplicationShutdown(): Promise<void> {
    for (const { runtime, connections } of await this.#all()) {
      await runtime.deliver();
      await connections.close();
    }
  }

  async #open(connection: ConnectionOptions): Promise<OpenEngine> {
    const options = resolveOptions({ connection }, ['default']);
    const connections = await openConnections(options);
    const runtime = createCacheRuntime(options, connections);
    const http = createHttpCache(options, { runtime, host: this.host, modules: this.modules });
    return { runtime, http, connections };
  }

  /** Those that could not be opened kept the application from starting. */
  async #all(): Promise<OpenEngine[]> {
    const settled = await Promise.allSettled(this.#engines.values());
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }
}

/** Without a class of its own, such as a client has. */
function isPlain(connection: ConnectionOptions): boolean {
  return typeof connection === 'object' && Object.getPrototypeOf(connection) === Object.prototype;
}

@Module({ providers: [SharedRedis], exports: [SharedRedis] })
export class SharedRedisModule {}
