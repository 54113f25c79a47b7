import type { Cluster, Redis } from 'ioredis';

/** A connected client of ioredis: one server (standalone or behind Sentinel) or a Cluster. */
export type RedisClient = Redis | Cluster;

/**
 * What a client is used for. Each role has a connection of its own, since each wants other limits:
 * `general` for the application's own commands, `cache` fails fast, `session` outlasts a failover,
 * `subscriber` only listens, `worker` moves large batches in the background. `structures` sends nothing twice;
 * `messages` listens for the application, whose messages must not hold up those between caches. `replicas` waits for replicas, which blocks it.
 */
export type ClientRole =
  | 'general'
  | 'cache'
  | 'session'
  | 'subscriber'
  | 'worker'
  | 'structures'
  | 'messages'
  | 'replicas';

/** True for roles that only listen. */
export function isListening(role: ClientRole): boolean {
  return role === 'subscriber' || role === 'messages';
}

/** True for a Cluster client, also one that another copy of ioredis made (`instanceof` would miss it). */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
