import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CacheRuntime } from './cache/cache-runtime.js';
import { RedisConnections } from './connection/redis-connections.js';
import { RESOLVED_OPTIONS } from './redis.tokens.js';
import type { ResolvedOptions } from './resolve-options.js';
import { StructuresRuntime } from './structures/structures-runtime.js';

/** Longest wait for Redis at start. An application without Redis starts all the same: its public routes work. */
const START_WAIT_MS = 2000;

/**
 * Starts and ends what the module keeps running. Background work ends first; the clients stay until
 * the HTTP server has drained, since requests in flight need them.
 */
@Injectable()
export class RedisLifecycle
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly connections: RedisConnections,
    private readonly cache: CacheRuntime,
    private readonly structures: StructuresRuntime,
  ) {}

  async onModuleInit(): Promise<void> {
    const { session } = this.options;
    if (session) this.connections.client(session.connection, 'session');
    this.cache.start();
    await this.connections.connect(START_WAIT_MS);
  }

  onApplicationBootstrap(): void {
    this.cache.startWriters();
  }

  /** Sources catch up here, while those of the application are still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.cache.stop(), this.structures.stop()]);
  }

  /** The last requests may have invalidated something, too. */
  async onApplicationShutdown(): Promise<void> {
    await this.cache.deliver();
    await this.connections.close();
  }
}
