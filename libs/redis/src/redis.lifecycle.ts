import process from 'node:process';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CacheRuntime } from './cache/cache-runtime.js';
import { checkServers, type CheckedConnection } from './connection/start-check/start-check.js';
import { RedisConnections } from './connection/redis-connections.js';
import { RESOLVED_OPTIONS } from './redis.tokens.js';
import type { ResolvedOptions } from './resolve-options.js';
import { StructuresRuntime } from './structures/structures-runtime.js';

/** Longest wait for Redis at start. An application without Redis starts all the same: its public routes work. */
export const START_WAIT_MS = 2000;

/**
 * Starts and ends what the module keeps running. Background work ends first; the clients stay until
 * the HTTP server has drained, since requests in flight need them.
 */
@Injectable()
export class RedisLifecycle
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  #checking: Promise<void> = Promise.resolve();

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
    this.#checking = this.#check();
  }

  onApplicationBootstrap(): void {
    this.cache.startWriters();
  }

  /** Sources catch up here, while those of the application are still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.cache.stop(), this.structures.stop(), this.#checking]);
  }

  /** The last requests may have invalidated something, too. */
  async onApplicationShutdown(): Promise<void> {
    await this.cache.deliver();
    await this.connections.close();
  }

  /** Nobody waits for it at start. */
  #check(): Promise<void> {
    const logger = new Logger('RedisModule');
    return checkServers({
      connections: this.connections,
      checked: checkedConnections(this.options, this.cache.writes.caches.length > 0),
      isProduction: process.env.NODE_ENV === 'production',
      log: (line) => logger.warn(line),
    });
  }
}

/** The connections of cache and sessions, which may be one. */
function checkedConnections(
  { cache, session }: ResolvedOptions,
  writesBehind: boolean,
): CheckedConnection[] {
  const ofCache = [...(writesBehind ? (['write-behind'] as const) : []), 'cache'] as const;
  if (!session) return [{ connection: cache.connection, role: 'cache', uses: ofCache }];
  if (session.connection === cache.connection)
    return [{ connection: cache.connection, role: 'cache', uses: [...ofCache, 'sessions'] }];
  return [
    { connection: cache.connection, role: 'cache', uses: ofCache },
    { connection: session.connection, role: 'session', uses: ['sessions'] },
  ];
}
