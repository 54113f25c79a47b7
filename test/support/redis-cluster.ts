import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort, RedisServer } from './redis-server.js';

const SLOTS = 16_384;

/** A real Redis Cluster of three primaries on loopback. */
export class RedisCluster {
  private constructor(
    private readonly servers: readonly RedisServer[],
    private readonly folder: string,
  ) {}

  static async start(): Promise<RedisCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
    const busPorts = await Promise.all([0, 1, 2].map(freePort));
    const servers = await Promise.all(busPorts.map((port, node) => startNode(folder, node, port)));
    const [first] = servers;
    await Promise.all(
      servers.map((server, node) =>
        server.use(async (client) => {
          const from = Math.floor((node * SLOTS) / 3);
          const to = Math.floor(((node + 1) * SLOTS) / 3) - 1;
          await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
          if (node > 0)
            await client.call('CLUSTER', 'MEET', '127.0.0.1', first!.port, busPorts[0]!);
        }),
      ),
    );
    await eventually(() => Promise.all(servers.map(checkState)), 10_000);
    return new RedisCluster(servers, folder);
  }

  /** The option `connection` for it. */
  get connection(): {
    readonly kind: 'cluster';
    readonly nodes: { readonly host: string; readonly port: number }[];
  } {
    return {
      kind: 'cluster',
      nodes: this.servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await rm(this.folder, { recursive: true });
  }
}

function startNode(folder: string, node: number, busPort: number): Promise<RedisServer> {
  const options = {
    'cluster-enabled': 'yes',
    'cluster-config-file': join(folder, `nodes-${node}.conf`),
    'cluster-port': String(busPort),
    'cluster-node-timeout': '2000',
    dir: folder,
  };
  return RedisServer.start(
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  );
}

async function checkState(server: RedisServer): Promise<void> {
  const state = await server.use((client) => client.call('CLUSTER', 'INFO'));
  if (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(state)))
    throw new Error('not yet');
}
