import { Cluster, Redis, type ClusterOptions } from 'ioredis';
import { clusterPreset, redisPreset, type RoleLimits } from './client-presets.js';
import { clusterListener } from './cluster-listener.js';
import type { Endpoint } from './connection.options.js';
import { isCluster, isListening, type ClientRole, type RedisClient } from './redis-client.js';
import type { ResolvedConnection } from './resolve-connection.js';

/** A connection whose server runs: embedded ones have become a Unix socket by then. */
export type ReachableConnection = Exclude<ResolvedConnection, { kind: 'embedded' }>;

/**
 * Connected when the application starts, so that one that fails to start leaves no socket behind. No
 * ioredis `keyPrefix`: SCAN and Lua would see other names than GET does.
 */
const OURS = { lazyConnect: true, keyPrefix: '' } as const;

/**
 * The shapes in which our own commands are answered, whatever the application wants for its own: a script's `1`
 * must not come back as `'1'`.
 */
const OUR_REPLIES = { stringNumbers: false, replyMapping: 'legacy' } as const;

/**
 * Makes the client of one role. `general` on a client of the application's own is that client itself;
 * every other role gets a duplicate, so that limits and subscriptions do not mix.
 */
export function createClient(
  connection: ReachableConnection,
  role: ClientRole,
  limits: RoleLimits,
): RedisClient {
  switch (connection.kind) {
    case 'redis':
      return new Redis({ ...redisPreset(role, limits), ...connection.redis, ...fixed(role) });
    case 'cluster':
      if (isListening(role)) return clusterListener(connection.nodes, connection.cluster, limits);
      return new Cluster(
        [...connection.nodes],
        mergeCluster(role, clusterPreset(role, limits), connection.cluster),
      );
    case 'client':
      return role === 'general' ? connection.client : duplicate(connection.client, role, limits);
  }
}

function duplicate(client: RedisClient, role: ClientRole, limits: RoleLimits): RedisClient {
  if (!isCluster(client)) return client.duplicate({ ...redisPreset(role, limits), ...fixed(role) });
  const nodes = knownNodes(client);
  if (isListening(role) && nodes.length > 0) return clusterListener(nodes, client.options, limits);
  return client.duplicate([], mergeCluster(role, client.options, clusterPreset(role, limits)));
}

/** Nodes that a Cluster client of the application knows; none before it has connected. */
function knownNodes(client: Cluster): Required<Endpoint>[] {
  return client.nodes().map(({ options: { host = '127.0.0.1', port = 6379 } }) => ({ host, port }));
}

function fixed(role: ClientRole): typeof OURS & Partial<typeof OUR_REPLIES> {
  return { ...OURS, ...replies(role) };
}

function replies(role: ClientRole): Partial<typeof OUR_REPLIES> {
  return role === 'general' ? {} : OUR_REPLIES;
}

/** The later wins, per level. */
function mergeCluster(
  role: ClientRole,
  base: ClusterOptions,
  over: ClusterOptions,
): ClusterOptions {
  return {
    ...base,
    ...over,
    ...OURS,
    redisOptions: { ...base.redisOptions, ...over.redisOptions, ...replies(role) },
  };
}
