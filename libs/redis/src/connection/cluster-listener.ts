import { Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import type { Endpoint } from './connection.options.js';
import { redisPreset, type RoleLimits } from './client-presets.js';

/**
 * A listening connection to one node of a Cluster; every node gets every message of classic pub/sub.
 * ioredis' own Cluster subscriber moves to another node without an event, so nobody would know that
 * messages were missed. Here a lost connection is a `close`, and the next attempt goes to the next node.
 */
export function clusterListener(
  nodes: readonly Required<Endpoint>[],
  cluster: ClusterOptions,
  limits: RoleLimits,
): Redis {
  const options: RedisOptions = {
    ...redisPreset('subscriber', limits),
    ...cluster.redisOptions,
    // Nodes come in any order, so that applications spread over them.
    ...nodes[Math.floor(Math.random() * nodes.length)],
    lazyConnect: true,
    keyPrefix: '',
  };
  const client = new Redis(options);
  client.on('close', () => {
    const at = nodes.findIndex(
      ({ host, port }) => host === client.options.host && port === client.options.port,
    );
    // Read by the connector at its next attempt.
    Object.assign(client.options, nodes[(at + 1) % nodes.length]);
  });
  return client;
}
