import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterConnection } from '../connection/connection.options.js';
import type { Access } from './access.js';
import type { Certificates } from './certificates.js';
import { parseClusterNodes, type ClusterNode } from './cluster-nodes.js';
import { connectionUrl } from './connection-url.js';
import type { RedisNode } from './redis-node.js';
import { onFreePorts, stopAll, until, type TopologyOptions } from './topology.js';

const SLOTS = 16_384;
const READY_LIMIT_MS = 30_000;

/** Options of `startCluster`. */
export interface ClusterTopologyOptions extends TopologyOptions {
  /** Default 3. */
  readonly primaries?: number;
  /** Replicas of each primary. Default 1. */
  readonly replicas?: number;
  /** `cluster-node-timeout` in milliseconds. Default 2000. A failover takes about that and one second more. */
  readonly nodeTimeoutMs?: number;
}

/** A Redis Cluster, in its default of three primaries with a replica each. */
export class ClusterTopology {
  /** @internal */
  constructor(
    /** Where the servers write; removed by {@link stop}. */
    readonly folder: string,
    private readonly access: Access,
    readonly nodes: readonly RedisNode[],
  ) {}

  /** The option `connection` of `RedisModule.forRoot`. */
  get connection(): ClusterConnection {
    const { username, password, tls } = this.access.connection;
    return {
      kind: 'cluster',
      nodes: this.nodes.map(({ host, port }) => ({ host, port })),
      ...(username && { username, password }),
      ...(tls && { tls }),
    };
  }

  /** The same as a URL; what `tls` needs besides is in {@link connection}. */
  get url(): string {
    return connectionUrl(this.connection, this.nodes);
  }

  get certificates(): Certificates | undefined {
    return this.access.certificates;
  }

  /** The primaries of the moment. */
  async primaries(): Promise<RedisNode[]> {
    const known = await this.table();
    return known.filter(({ isPrimary }) => isPrimary).map(({ port }) => this.#at(port));
  }

  /** The primary that has the slot of a key. */
  async primary(key: string): Promise<RedisNode> {
    const slot = Number(await this.#any(async (node) => node.call('CLUSTER', 'KEYSLOT', key)));
    const owner = (await this.table()).find(({ slots }) =>
      slots.some(([from, to]) => from <= slot && slot <= to),
    );
    if (!owner) throw new Error(`No node of the Cluster has the slot ${slot} of \`${key}\`.`);
    return this.#at(owner.port);
  }

  /** The replicas of a primary that are up. */
  async replicas(primary: RedisNode): Promise<RedisNode[]> {
    const table = await this.table();
    const id = table.find(({ port }) => port === primary.port)?.id;
    return table
      .filter(({ primaryId, isUp }) => primaryId === id && isUp)
      .map(({ port }) => this.#at(port));
  }

  /** Waits until another node than `old` has the slot of the key in the eyes of all that run. */
  async newPrimary(key: string, old: RedisNode, limitMs = READY_LIMIT_MS): Promise<RedisNode> {
    await this.promoted(old, limitMs);
    return this.primary(key);
  }

  /** Waits until the slots of a primary that failed are served by others. */
  async promoted(failed: RedisNode, limitMs = READY_LIMIT_MS): Promise<void> {
    await until(async () => {
      const primaries = await this.primaries();
      if (primaries.includes(failed)) throw new Error('No failover yet.');
      await Promise.all(primaries.map(isWhole));
    }, limitMs);
  }

  /** Promotes the replica of the primary that has the key, without any fault, and waits for it. */
  async failover(key: string): Promise<RedisNode> {
    const old = await this.primary(key);
    const [replica] = await this.replicas(old);
    if (!replica) throw new Error(`The primary on port ${old.port} has no replica.`);
    await replica.call('CLUSTER', 'FAILOVER');
    return this.newPrimary(key, old);
  }

  /** Waits until all nodes serve and each replica follows, such as after restarts. */
  whole(limitMs = READY_LIMIT_MS): Promise<void> {
    return until(() => serves(this.nodes), limitMs);
  }

  /** The nodes as one that answers sees them. */
  table(): Promise<ClusterNode[]> {
    return this.#any(async (node) => {
      const table = parseClusterNodes(String(await node.call('CLUSTER', 'NODES')));
      if (table.find(({ isMyself }) => isMyself)?.isUp === false) throw new Error('Isolated.');
      return table;
    });
  }

  async stop(): Promise<void> {
    await stopAll(this.folder, this.nodes);
  }

  /** Asks all at once, since some may be frozen. */
  #any<T>(question: (node: RedisNode) => Promise<T>): Promise<T> {
    return Promise.any(this.nodes.filter(({ isRunning }) => isRunning).map(question));
  }

  #at(port: number): RedisNode {
    const node = this.nodes.find((one) => one.port === port);
    if (!node) throw new Error(`The Cluster has a node on port ${port}, which is none of ours.`);
    return node;
  }
}

/** Starts a Cluster of real processes and waits until it serves all slots and each replica follows. */
export function startCluster(options: ClusterTopologyOptions = {}): Promise<ClusterTopology> {
  const { primaries = 3, replicas = 1, nodeTimeoutMs = 2000 } = options;
  const count = primaries * (1 + replicas);
  return onFreePorts(options, count, async ({ folder, access, start }, ports) => {
    const plan = planNodes(ports, primaries);
    const nodes = await Promise.all(
      plan.map(async ({ id, port }) => {
        await mkdir(join(folder, String(port)));
        await writeFile(join(folder, String(port), 'nodes.conf'), nodesFile(plan, id));
        return start(port, [
          'cluster-enabled yes',
          'cluster-config-file nodes.conf',
          `cluster-node-timeout ${nodeTimeoutMs}`,
          // A replica may take over however long it was away, and at once.
          'cluster-replica-validity-factor 0',
          ...(access.certificates ? ['tls-cluster yes'] : []),
        ]);
      }),
    );
    const cluster = new ClusterTopology(folder, access, nodes);
    await cluster.whole();
    return cluster;
  });
}

interface PlannedNode {
  readonly id: string;
  readonly port: number;
  readonly primaryId: string | undefined;
  readonly slots: readonly [from: number, to: number] | undefined;
}

function planNodes(ports: readonly number[], primaries: number): PlannedNode[] {
  const ids = ports.map(() => randomBytes(20).toString('hex'));
  const border = (index: number): number => Math.floor((index * SLOTS) / primaries);
  return ports.map((port, index) => ({
    id: ids[index]!,
    port,
    primaryId: index < primaries ? undefined : ids[index % primaries],
    slots: index < primaries ? [border(index), border(index + 1) - 1] : undefined,
  }));
}

/** What a node would read after a restart; a Cluster that is built by MEET needs seconds to learn it. */
function nodesFile(plan: readonly PlannedNode[], me: string): string {
  const lines = plan.map(({ id, port, primaryId, slots }, index) =>
    [
      id,
      `127.0.0.1:${port}@${port + 10_000}`,
      `${id === me ? 'myself,' : ''}${primaryId ? 'slave' : 'master'}`,
      primaryId ?? '-',
      `0 0 ${primaryId ? 0 : index + 1} connected`,
      ...(slots ? [slots.join('-')] : []),
    ].join(' '),
  );
  return [...lines, `vars currentEpoch ${plan.length} lastVoteEpoch 0`, ''].join('\n');
}

async function serves(nodes: readonly RedisNode[]): Promise<void> {
  await Promise.all(nodes.map(isWhole));
  await Promise.all(
    nodes.map(async (node) => {
      const text = String(await node.call('INFO', 'replication'));
      if (/master_link_status:down/.test(text)) throw new Error('A replica does not follow yet.');
    }),
  );
}

async function isWhole(node: RedisNode): Promise<void> {
  const text = String(await node.call('CLUSTER', 'INFO'));
  if (!/cluster_state:ok/.test(text)) throw new Error(`The Cluster is not whole: ${text}`);
}
