import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cluster, Redis } from 'ioredis';
import {
  startChaosProxy,
  startCluster,
  startStandalone,
  type ChaosProxy,
  type ClusterTopology,
  type StandaloneTopology,
} from 'nestjs-redis-kit/testing';
import { RedisConnections } from '../../libs/redis/src/connection/redis-connections.js';
import type { ClientRole } from '../../libs/redis/src/connection/redis-client.js';
import { resolveConnection } from '../../libs/redis/src/connection/resolve-connection.js';
import type { ConnectionOptions } from '../../libs/redis/src/connection/connection.options.js';
import { eventually } from '../support/eventually.js';

const SHORT_MS = 300;
const LONG_MS = 20_000;

let cluster: ClusterTopology;
let standalone: StandaloneTopology;
let proxy: ChaosProxy;
let connections: RedisConnections;

beforeAll(async () => {
  [cluster, standalone] = await Promise.all([
    startCluster({ primaries: 2, replicas: 0 }),
    startStandalone(),
  ]);
});
afterAll(() => Promise.all([cluster.stop(), standalone.stop()]));
afterEach(async () => {
  await connections.close();
  await proxy.stop();
});

async function open<T>(option: ConnectionOptions, role: ClientRole): Promise<T> {
  const limits = new Proxy({} as Record<ClientRole, number>, { get: () => LONG_MS });
  connections = await RedisConnections.open(
    new Map([['default', resolveConnection(option, 'connection')]]),
    limits,
  );
  return (await connections.ready('default', role, LONG_MS)) as T;
}

/** Its connection is lost while it waits for what `send` sent; the next one is whole. */
async function loseConnection(client: Cluster): Promise<void> {
  // On the same connection, and long enough to be sent again.
  for (const node of client.nodes()) node.options.commandTimeout = LONG_MS;
  const read = client.get('key');
  proxy.reset();
  proxy.restore();
  expect(await read).toBeNull();
}

describe('a Cluster client whose connection is lost', () => {
  /** The primary that has the key is behind the proxy, which lets nothing through any more. */
  async function cutOff(role: ClientRole): Promise<Cluster> {
    const node = await cluster.primary('key');
    await node.call('FLUSHALL');
    proxy = await startChaosProxy({ target: node });
    const { host, port } = proxy;
    const { nodes } = cluster.connection;
    const client = await open<Cluster>(
      {
        kind: 'cluster',
        nodes: [{ host, port }, ...nodes.filter((one) => one.port !== node.port)],
        options: {
          natMap: { [`${node.host}:${node.port}`]: { host, port } },
          slotsRefreshInterval: 0,
          // The read may come to the other node a few times.
          maxRedirections: 100,
          redisOptions: { socketTimeout: 60_000 },
        },
      },
      role,
    );
    expect(await client.get('key')).toBeNull();
    proxy.set({ blackHole: true });
    return client;
  }

  it.each(['cache', 'structures', 'session', 'worker'] as const)(
    'does not send again what has timed out (%s)',
    async (role) => {
      const client = await cutOff(role);
      for (const node of client.nodes()) node.options.commandTimeout = SHORT_MS;
      await expect(client.set('key', 'late')).rejects.toThrow('Command timed out');
      await loseConnection(client);
    },
  );

  it.each(['cache', 'structures'] as const)(
    'sends a write once, and a read again (%s)',
    async (role) => {
      const client = await cutOff(role);
      const write = client.set('key', 'twice').catch(String);
      await loseConnection(client);
      expect(await write).toMatch(/Connection is closed/);
    },
  );
});

describe('a client for sessions that waits for its connection', () => {
  it('does not send what has timed out', async () => {
    const [node] = standalone.nodes;
    proxy = await startChaosProxy({ target: node! });
    const client = await open<Redis>(proxy.url, 'session');
    proxy.set({ refuse: true });
    proxy.reset();
    await eventually(() => expect(client.status).not.toBe('ready'));
    client.options.commandTimeout = SHORT_MS;
    await expect(client.set('key', 'late')).rejects.toThrow('Command timed out');
    client.options.commandTimeout = LONG_MS;
    const read = client.get('key');
    proxy.restore();
    expect(await read).toBeNull();
  });
});
