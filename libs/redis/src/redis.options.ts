import type { CacheOptions } from './cache/cache.options.js';
import type { ConnectionOptions } from './connection/connection.options.js';
import type { SessionOptions } from './session/session.options.js';
import type { StructuresOptions } from './structures/structures.options.js';

/** Options of `RedisModule.forRoot` and what the factory of `forRootAsync` returns. */
export interface RedisModuleOptions {
  /** Where Redis is; the connection named `default`. See {@link ConnectionOptions}. */
  readonly connection: ConnectionOptions;
  /**
   * Further connections by name, for `@InjectRedis(name)` and for `cache.connection`,
   * `session.connection` and `structures.connection`. Sessions and cache want different eviction policies, so in production
   * each may have a Redis of its own. With `forRootAsync`, name them in `connectionNames` too.
   */
  readonly connections?: Readonly<Record<string, ConnectionOptions>>;
  readonly cache?: CacheOptions;
  /** Without it there are no sessions, and `SessionService` says so when it is used. */
  readonly session?: SessionOptions;
  /** What leaderboards, pub/sub and streams share: connection, prefix and deadline. */
  readonly structures?: StructuresOptions;
}

/** What decides the structure of the module, and so must be known before the options are. */
export interface RedisModuleExtras {
  /** True to use the module's providers in every module without importing it there. Default true. */
  isGlobal?: boolean;
  /** `forRootAsync` only: names in `connections`, so that `@InjectRedis(name)` can be resolved. */
  connectionNames?: readonly string[];
}

/** For `forRootAsync({ useClass })` and `useExisting`. */
export interface RedisOptionsFactory {
  createRedisOptions(): Promise<RedisModuleOptions> | RedisModuleOptions;
}
