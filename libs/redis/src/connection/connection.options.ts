import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { RedisClient } from './redis-client.js';

/** Host and port of one server. */
export interface Endpoint {
  readonly host: string;
  /** Default 6379 (Sentinel: 26379). */
  readonly port?: number;
}

interface Credentials {
  /** ACL user. Default: Redis' `default` user. */
  readonly username?: string;
  readonly password?: string;
  /** `true` for TLS with the system's CAs, or the options of `tls.connect` (ca, cert, key, servername). */
  readonly tls?: boolean | TlsConnectionOptions;
}

/** One server, by host and port or by Unix socket. */
export interface StandaloneConnection extends Credentials {
  readonly kind: 'standalone';
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 6379. */
  readonly port?: number;
  /** Unix socket; replaces host and port. */
  readonly path?: string;
  /** Database number. Default 0. */
  readonly db?: number;
  /** Further ioredis options; they win over the presets of every role. */
  readonly options?: RedisOptions;
}

/** A primary found through Sentinel. */
export interface SentinelConnection extends Credentials {
  readonly kind: 'sentinel';
  /** Name of the monitored primary, such as `mymaster`. */
  readonly name: string;
  /** At least one; three in production. */
  readonly sentinels: readonly Endpoint[];
  /** Database number. Default 0. */
  readonly db?: number;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** TLS towards the Sentinels themselves. */
  readonly sentinelTls?: boolean | TlsConnectionOptions;
  readonly options?: RedisOptions;
}

/** Redis Cluster. */
export interface ClusterConnection extends Credentials {
  readonly kind: 'cluster';
  /** Some of the nodes; the others are discovered. */
  readonly nodes: readonly Endpoint[];
  readonly options?: ClusterOptions;
}

/** A private `redis-server` that lives and dies with the application. For development, demos and tests. */
export interface EmbeddedConnection {
  readonly kind: 'embedded';
  /**
   * Folder for an append-only file, of this application alone: another one that asks for it does not start. Default:
   * none, the data ends with the application.
   */
  readonly folder?: string;
  /** Path of the server program. Default: `redis-server`, then `valkey-server`, on PATH. */
  readonly binary?: string;
}

/**
 * Where Redis is: a URL, an object for standalone, Sentinel, Cluster or embedded, an ioredis client of
 * the application's own (duplicated for each role, never closed), or `'embedded'`.
 *
 * URLs: `redis://user:password@host:6379/0`, `redis-cluster://host:6379,host:6379`,
 * `redis-sentinel://host:26379,host:26379/0#mymaster`; with `rediss` for TLS.
 */
export type ConnectionOptions =
  | string
  | RedisClient
  | StandaloneConnection
  | SentinelConnection
  | ClusterConnection
  | EmbeddedConnection;
