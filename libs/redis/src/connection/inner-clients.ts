import type { Redis } from 'ioredis';
import { isCluster, type RedisClient } from './redis-client.js';

type Made = (inner: Redis) => void;

/**
 * Tells of the clients that ioredis makes inside of one: those that ask the Sentinels for the primary, the nodes
 * of a Cluster, and those that ask the nodes for the table of slots. ioredis drops the errors of the first and the
 * last, which alone say why there is no connection.
 */
export function onInnerClients(client: RedisClient, made: Made): void {
  if (!isCluster(client)) return onSentinelClients(client, made);
  const onNode = (node: Redis): void => {
    made(node);
    intercept(node, 'duplicate', made);
  };
  client.nodes().forEach(onNode);
  client.on('+node', onNode);
}

function onSentinelClients(client: Redis, made: Made): void {
  if (!client.options.sentinels) return;
  intercept(
    (client as unknown as { readonly connector: object }).connector,
    'connectToSentinel',
    made,
  );
}

/** ioredis has no event for it. */
function intercept(owner: object, name: string, made: Made): void {
  const methods = owner as Record<string, (...args: unknown[]) => Redis>;
  const make = methods[name];
  if (typeof make !== 'function') return;
  methods[name] = (...args) => {
    const inner = make.apply(owner, args);
    made(inner);
    return inner;
  };
}
