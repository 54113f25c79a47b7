import { isCluster, type RedisClient } from './redis-client.js';

/**
 * Whether Redis answers. One node of a Cluster is enough: a node chosen at random may be the one that hangs, and
 * what the others could serve would wait for it. Nothing goes into the queue of a client that has no connection:
 * there it would stay, one for each time it was asked.
 *
 * @throws when nothing answers
 */
export async function pingAny(client: RedisClient): Promise<unknown> {
  if (client.status !== 'ready' && client.status !== 'wait')
    throw new Error('No connection to Redis.');
  if (!isCluster(client)) return client.ping();
  // Before its first command a Cluster client knows no nodes.
  if (client.status === 'wait') return client.ping();
  const connected = client.nodes('master').filter(({ status }) => status === 'ready');
  return Promise.any(connected.map((node) => node.ping()));
}
