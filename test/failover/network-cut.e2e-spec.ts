import { afterEach, describe, it, jest } from '@jest/globals';
import type { ClusterConnection, SentinelConnection } from 'nestjs-redis-kit';
import { startCluster, startSentinel, type ChaosProxy } from 'nestjs-redis-kit/testing';
import { Application } from './application.js';
import { behindProxies, cutUntilNoticed } from './behind-proxies.js';
import { expectHealed, expectService, tell, underLoad } from './trial.js';

jest.setTimeout(120_000);

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function cutOff(
  connection: SentinelConnection | ClusterConnection,
  proxy: ChaosProxy,
): Promise<void> {
  const application = await Application.start(connection, { session: { deadline: '1s' } });
  undo.push(() => application.stop());
  const report = await underLoad(application, (load) => cutUntilNoticed(load, proxy));
  tell(`${connection.kind}, network cut`, report);
  expectService(report);
  await expectHealed(application);
}

describe('when the network between the application and a primary is cut, the cache answers on and sessions come back', () => {
  it('with Sentinel', async () => {
    const redis = await startSentinel();
    undo.push(() => redis.stop());
    const proxies = await behindProxies(redis.nodes);
    undo.push(() => proxies.stop());
    const connection = { ...redis.connection, options: { natMap: proxies.natMap } };
    await cutOff(connection, proxies.of.get(await redis.primary())!);
  });

  it('with a Cluster', async () => {
    const redis = await startCluster();
    undo.push(() => redis.stop());
    const proxies = await behindProxies(redis.nodes);
    undo.push(() => proxies.stop());
    const [primary] = await redis.primaries();
    const nodes = [...proxies.of.values()].map(({ host, port }) => ({ host, port }));
    const { natMap } = proxies;
    await cutOff({ kind: 'cluster', nodes, options: { natMap } }, proxies.of.get(primary!)!);
  });
});
