import { expect } from '@jest/globals';
import { startChaosProxy, type ChaosProxy, type RedisNode } from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';
import { figuresOf, type Load } from './load.js';

/** A proxy before each server, and the table by which the application finds them there. */
export interface Proxies {
  readonly of: ReadonlyMap<RedisNode, ChaosProxy>;
  readonly natMap: Record<string, { host: string; port: number }>;
  stop(): Promise<void>;
}

export async function behindProxies(nodes: readonly RedisNode[]): Promise<Proxies> {
  const proxies = new Map<RedisNode, ChaosProxy>();
  for (const node of nodes) proxies.set(node, await startChaosProxy({ target: node }));
  const table = [...proxies].map(
    ([node, { host, port }]) => [`${node.host}:${node.port}`, { host, port }] as const,
  );
  return {
    of: proxies,
    natMap: Object.fromEntries(table),
    stop: async () => {
      await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
    },
  };
}

/** The way to one server is a black hole until sessions have noticed, and no server has failed. */
export async function cutUntilNoticed(
  load: Load,
  proxy: ChaosProxy,
): Promise<{ readonly servesAgainAt: number }> {
  const cutAt = Date.now();
  proxy.set({ blackHole: true });
  await eventually(() => {
    const since = load.of('session').filter(({ startedAt }) => startedAt >= cutAt);
    expect(figuresOf(since).outcomes).toHaveProperty('503');
  }, 20_000);
  proxy.restore();
  return { servesAgainAt: Date.now() };
}
