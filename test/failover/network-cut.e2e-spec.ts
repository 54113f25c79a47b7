import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ClusterConnection, SentinelConnection } from 'nestjs-redis-kit';
import {
  startChaosProxy,
  startCluster,
  startSentinel,
  type ChaosProxy,
  type RedisNode,
} from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';
import { Application } from './application.js';
import { expectHealed, expectService, tell, underLoad } from './trial.js';

jest.setTimeout(120_000);

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** A proxy before each server, and the table by which the application finds them there. */
async function behindProxies(nodes: readonly RedisNode[]): Promise<{
  proxies: Map<RedisNode, ChaosProxy>;
  natMap: Record<string, { host: string; port: number }>;
}> {
  const proxies = new Map<RedisNode, ChaosProxy>();
  for (const node of nodes) {
    const proxy = await startChaosProxy({ target: node });
    undo.push(() => proxy.stop());
    proxies.set(node, proxy);
  }
  const table = [...proxies].map(
    ([node, { host, port }]) => [`${node.host}:${node.port}`, { host, port }] as const,
  );
  return { proxies, natMap: Object.fromEntries(table) };
}

/** The way to one server is a black hole until sessions have noticed, and no server has failed. */
async function cutOff(
  connection: SentinelConnection | ClusterConnection,
  proxy: ChaosProxy,
): Promise<void> {
  const application = await Application.start(connection, { deadline: '1s' });
  undo.push(() => application.stop());
  const report = await underLoad(application, async (load) => {
    proxy.set({ blackHole: true });
    await eventually(
      () => expect(load.of('session').some(({ outcome }) => outcome === 503)).toBe(true),
      20_000,
    );
    proxy.restore();
    return { servesAgainAt: Date.now() };
  });
  tell(`${connection.kind}, network cut`, report);
  expectService(report);
  await expectHealed(application);
}

describe('when the network between the application and a primary is cut, the cache answers on and sessions come back', () => {
  it('with Sentinel', async () => {
    const redis = await startSentinel();
    undo.push(() => redis.stop());
    const { proxies, natMap } = await behindProxies(redis.nodes);
    const connection = { ...redis.connection, options: { natMap } };
    await cutOff(connection, proxies.get(await redis.primary())!);
  });

  it('with a Cluster', async () => {
    const redis = await startCluster();
    undo.push(() => redis.stop());
    const { proxies, natMap } = await behindProxies(redis.nodes);
    const [primary] = await redis.primaries();
    const nodes = [...proxies.values()].map(({ host, port }) => ({ host, port }));
    await cutOff({ kind: 'cluster', nodes, options: { natMap } }, proxies.get(primary!)!);
  });
});
