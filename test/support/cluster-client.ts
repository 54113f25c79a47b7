import { Cluster, type Redis } from 'ioredis';
import type { ClusterTopology } from 'nestjs-redis-kit/testing';

type Command = (...args: unknown[]) => Promise<unknown>;

/** How the replies of all primaries become one. */
const EVERYWHERE: Readonly<Record<string, (replies: unknown[]) => unknown>> = {
  flushall: ([first]) => first,
  flushdb: ([first]) => first,
  config: ([first]) => first,
  script: ([first]) => first,
  client: ([first]) => first,
  keys: (replies) => replies.flat(),
  dbsize: (replies) => sum(replies),
};

/** Commands that take keys of any slot when one server has them all. */
const BY_KEY: Readonly<
  Record<string, (cluster: Cluster, args: readonly unknown[]) => Promise<unknown>>
> = {
  del: async (cluster, keys) => sum(await Promise.all(keys.map((key) => cluster.del(String(key))))),
  unlink: async (cluster, keys) =>
    sum(await Promise.all(keys.map((key) => cluster.unlink(String(key))))),
  exists: async (cluster, keys) =>
    sum(await Promise.all(keys.map((key) => cluster.exists(String(key))))),
  mget: (cluster, keys) => Promise.all(keys.map((key) => cluster.get(String(key)))),
  mset: async (cluster, pairs) => {
    for (let index = 0; index < pairs.length; index += 2)
      await cluster.set(String(pairs[index]), String(pairs[index + 1]));
    return 'OK';
  },
  copy: async (cluster, [from, to]) => {
    const dump = await cluster.dumpBuffer(String(from));
    return dump ? cluster.restore(String(to), 0, dump, 'REPLACE') : 0;
  },
};

/** A client of a Cluster for looking at the data, which answers as one server with all of it would. */
export function clusterClient({ connection }: ClusterTopology): Redis {
  const cluster = new Cluster(
    connection.nodes.map(({ host, port }) => ({ host, port })),
    { enableReadyCheck: true },
  );
  const handler: ProxyHandler<Cluster> = {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      const everywhere = EVERYWHERE[name];
      if (everywhere) return onAll(target, name, everywhere);
      const byKey = BY_KEY[name];
      if (byKey) return (...args: unknown[]) => byKey(target, args.flat());
      return value.bind(target) as Command;
    },
  };
  return new Proxy(cluster, handler) as unknown as Redis;
}

function onAll(cluster: Cluster, name: string, join: (replies: unknown[]) => unknown): Command {
  return async (...args) => {
    // The nodes are known once one command has been answered.
    await cluster.ping();
    const nodes = cluster.nodes('master') as unknown as Record<string, Command>[];
    return join(await Promise.all(nodes.map((node) => node[name]!(...args))));
  };
}

function sum(replies: readonly unknown[]): number {
  return replies.reduce<number>((total, reply) => total + Number(reply), 0);
}
