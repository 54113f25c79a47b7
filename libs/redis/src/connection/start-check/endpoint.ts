import type { RedisOptions } from 'ioredis';
import { isCluster } from '../redis-client.js';
import type { ResolvedConnection } from '../resolve-connection.js';

/** How a connection is reached, as far as the options tell. */
export interface EndpointFacts {
  /** Every host is this machine, or the way is a Unix socket. */
  readonly isLocal: boolean;
  /** The way leads over networks that others may read, by the names and addresses of the hosts. */
  readonly isPublic: boolean;
  readonly hasTls: boolean;
  /** A password, or a certificate of the client's own. */
  readonly hasSecret: boolean;
}

/** Undefined for an embedded server, which is private to this process. */
export function endpointFacts(connection: ResolvedConnection): EndpointFacts | undefined {
  switch (connection.kind) {
    case 'embedded':
      return undefined;
    case 'redis':
      return factsOf(connection.redis, hostsOf(connection.redis));
    case 'cluster':
      return factsOf(
        connection.cluster.redisOptions ?? {},
        connection.nodes.map(({ host }) => host),
      );
    case 'client': {
      const { client } = connection;
      if (!isCluster(client)) return factsOf(client.options, hostsOf(client.options));
      const nodes = client.nodes().map(({ options }) => options.host ?? 'localhost');
      return factsOf(client.options.redisOptions ?? {}, nodes);
    }
  }
}

function hostsOf({ path, host = '127.0.0.1', sentinels }: RedisOptions): string[] {
  if (path) return [];
  if (!sentinels) return [host];
  return sentinels.map((sentinel) => sentinel.host ?? 'localhost');
}

function factsOf(
  { tls, password }: Pick<RedisOptions, 'tls' | 'password'>,
  hosts: readonly string[],
): EndpointFacts {
  return {
    isLocal: hosts.every(isLoopback),
    isPublic: hosts.some((host) => !isLoopback(host) && !isPrivate(host)),
    hasTls: tls !== undefined,
    hasSecret: Boolean(password) || tls?.cert !== undefined || tls?.pfx !== undefined,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** RFC 1918, 3927, 4193, 6598; names without a dot, and those that clusters and homes give themselves. */
const PRIVATE = [
  /^10\./,
  /^192\.168\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^169\.254\./,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^f[cd][0-9a-f]{2}:/i,
  /^[^.:]+$/,
  /\.(local|internal|lan|home\.arpa|svc)$/i,
  /\.svc\./i,
];

function isPrivate(host: string): boolean {
  return PRIVATE.some((pattern) => pattern.test(host));
}
