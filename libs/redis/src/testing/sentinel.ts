import { randomBytes } from 'node:crypto';
import type { SentinelConnection } from '../connection/connection.options.js';
import type { Access } from './access.js';
import type { Certificates } from './certificates.js';
import { connectionUrl } from './connection-url.js';
import type { RedisNode } from './redis-node.js';
import { onFreePorts, stopAll, until, type Ground, type TopologyOptions } from './topology.js';

const NAME = 'mymaster';
const QUORUM = 2;
const READY_LIMIT_MS = 30_000;

/** Options of `startSentinel`. */
export interface SentinelTopologyOptions extends TopologyOptions {
  /**
   * Milliseconds without an answer after which a Sentinel believes the primary to be down. Default 1000.
   * A failover takes about that and one second more.
   */
  readonly downAfterMs?: number;
}

/** One primary, two replicas and three Sentinels that watch over them. */
export class SentinelTopology {
  /** @internal */
  constructor(
    /** Where the servers write; removed by {@link stop}. */
    readonly folder: string,
    private readonly access: Access,
    /** Primary and replicas, whoever is which at the moment. */
    readonly nodes: readonly RedisNode[],
    readonly sentinels: readonly RedisNode[],
  ) {}

  /** The option `connection` of `RedisModule.forRoot`. */
  get connection(): SentinelConnection {
    const { tls } = this.access.connection;
    return {
      kind: 'sentinel',
      name: NAME,
      sentinels: this.sentinels.map(({ host, port }) => ({ host, port })),
      ...this.access.connection,
      ...(tls && { sentinelTls: tls }),
    };
  }

  /** The same as a URL; what `tls` needs besides is in {@link connection}. */
  get url(): string {
    return `${connectionUrl(this.connection, this.sentinels)}#${NAME}`;
  }

  get certificates(): Certificates | undefined {
    return this.access.certificates;
  }

  /** The primary that the Sentinels name. */
  async primary(): Promise<RedisNode> {
    const named = await Promise.any(this.sentinels.map(namedPrimary));
    const node = this.nodes.find(({ port }) => port === named);
    if (!node)
      throw new Error(`The Sentinels name a primary on port ${named}, which is none of ours.`);
    return node;
  }

  /** Waits until another node than `old` is the primary of all Sentinels and takes writes. */
  async newPrimary(old: RedisNode, limitMs = READY_LIMIT_MS): Promise<RedisNode> {
    await until(async () => {
      const named = await Promise.all(this.sentinels.map(namedPrimary));
      const isNew = named.every((port) => port === named[0] && port !== old.port);
      if (!isNew) throw new Error('The Sentinels have not all seen a failover.');
      const role = await (await this.primary()).call('ROLE');
      if (!Array.isArray(role) || role[0] !== 'master') throw new Error('Not yet promoted.');
    }, limitMs);
    return this.primary();
  }

  /** Promotes a replica without any fault, and waits for it. */
  async failover(): Promise<RedisNode> {
    const old = await this.primary();
    await this.sentinels[0]!.call('SENTINEL', 'FAILOVER', NAME);
    return this.newPrimary(old);
  }

  async stop(): Promise<void> {
    await stopAll(this.folder, [...this.sentinels, ...this.nodes]);
  }
}

/** Starts a primary, two replicas and three Sentinels, all real processes, and waits until they are in step. */
export function startSentinel(options: SentinelTopologyOptions = {}): Promise<SentinelTopology> {
  return onFreePorts(options, 6, async (ground, ports) => {
    const [primary, ...replicas] = ports.slice(0, 3) as [number, number, number];
    const nodes = await Promise.all([
      ground.start(primary, []),
      ...replicas.map((port) => ground.start(port, [`replicaof 127.0.0.1 ${primary}`])),
    ]);
    await until(() => inStep(nodes[0]), READY_LIMIT_MS);
    const sentinels = await startSentinels(ground, {
      primary,
      replicas,
      ports: ports.slice(3),
      downAfterMs: options.downAfterMs ?? 1000,
    });
    const topology = new SentinelTopology(ground.folder, ground.access, nodes, sentinels);
    await until(() => allWatch(sentinels), READY_LIMIT_MS);
    return topology;
  });
}

interface SentinelPlan {
  readonly primary: number;
  readonly replicas: readonly number[];
  readonly ports: readonly number[];
  readonly downAfterMs: number;
}

/** Each is told of the others at once, as its own file would tell it after a restart; finding them takes seconds. */
function startSentinels(ground: Ground, plan: SentinelPlan): Promise<RedisNode[]> {
  const all = plan.ports.map((port) => ({ port, id: randomBytes(20).toString('hex') }));
  const { adminPassword } = ground.access;
  return Promise.all(
    all.map(({ port, id }) =>
      ground.start(
        port,
        [
          `sentinel myid ${id}`,
          `sentinel monitor ${NAME} 127.0.0.1 ${plan.primary} ${QUORUM}`,
          `sentinel down-after-milliseconds ${NAME} ${plan.downAfterMs}`,
          `sentinel failover-timeout ${NAME} ${5 * plan.downAfterMs}`,
          `sentinel parallel-syncs ${NAME} 2`,
          ...(adminPassword ? [`sentinel auth-pass ${NAME} ${adminPassword}`] : []),
          ...plan.replicas.map((replica) => `sentinel known-replica ${NAME} 127.0.0.1 ${replica}`),
          ...all
            .filter((other) => other.port !== port)
            .map((other) => `sentinel known-sentinel ${NAME} 127.0.0.1 ${other.port} ${other.id}`),
        ],
        true,
      ),
    ),
  );
}

async function namedPrimary(sentinel: RedisNode): Promise<number> {
  const reply = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
  return Number((reply as string[])[1]);
}

async function inStep(primary: RedisNode): Promise<void> {
  const text = String(await primary.call('INFO', 'replication'));
  const online = text.match(/state=online/g)?.length ?? 0;
  if (online < 2) throw new Error(`Only ${online} of 2 replicas follow the primary.`);
}

async function allWatch(sentinels: readonly RedisNode[]): Promise<void> {
  await Promise.all(
    sentinels.map(async (sentinel) => {
      const text = String(await sentinel.call('INFO', 'sentinel'));
      if (!/status=ok,address=[^,]*,slaves=2,sentinels=3/.test(text))
        throw new Error(`A Sentinel does not see all servers: ${text}`);
      await sentinel.call('SENTINEL', 'CKQUORUM', NAME);
    }),
  );
}
