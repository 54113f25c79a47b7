import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { ConnectionOptions } from 'nestjs-redis-kit';
import {
  startCluster,
  startSentinel,
  type ClusterTopology,
  type RedisNode,
  type SentinelTopology,
} from 'nestjs-redis-kit/testing';
import { behindProxies, cutUntilNoticed, type Proxies } from '../failover/behind-proxies.js';
import type { Load } from '../failover/load.js';
import { eventually } from '../support/eventually.js';
import { reshard } from '../support/move-slots.js';

/** Shorter than what any failure detector takes for a failure. */
const STALL_MS = 500;
/** Slots that each primary gives away at a time. */
const SLOTS = 8;

const PRIMARIES = 3;

interface Struck {
  readonly servesAgainAt: number;
}

/** What may befall a topology, and what brings it back. */
export interface Fault {
  readonly name: string;
  readonly strike: (load: Load) => Promise<Struck>;
  readonly mend?: () => Promise<unknown>;
}

/** A topology behind proxies, and how to do it harm. */
export interface Ground {
  readonly connection: ConnectionOptions;
  /** The faults, each with a victim of the moment. */
  faults(): Promise<Fault[]>;
  primaries(): Promise<readonly RedisNode[]>;
  /** Waits until every server is back at its work, as a fault in the middle of another's end is another test. */
  whole(): Promise<void>;
  stop(): Promise<void>;
}

const now = (): Struck => ({ servesAgainAt: Date.now() });

/** Faults of one primary, whoever promotes the next one. */
function faultsOf(
  victim: RedisNode,
  { proxies, promoted }: { proxies: Proxies; promoted: () => Promise<unknown> },
): Fault[] {
  const lost = async (): Promise<Struck> => {
    await promoted();
    return now();
  };
  return [
    {
      name: 'primary killed',
      strike: () => victim.kill().then(lost),
      mend: () => victim.restart(),
    },
    {
      name: 'primary frozen',
      strike: () => {
        victim.freeze();
        return lost();
      },
      mend: async () => victim.thaw(),
    },
    {
      name: 'primary stalls',
      strike: async () => {
        victim.freeze();
        await sleep(STALL_MS);
        victim.thaw();
        return now();
      },
    },
    { name: 'network cut', strike: (load) => cutUntilNoticed(load, proxies.of.get(victim)!) },
  ];
}

export async function sentinelGround(): Promise<Ground> {
  const redis = await startSentinel();
  const proxies = await behindProxies(redis.nodes);
  return {
    connection: { ...redis.connection, options: { natMap: proxies.natMap } },
    faults: async () => {
      const victim = await redis.primary();
      const promoted = async (): Promise<unknown> => (await redis.newPrimary(victim)).call('PING');
      return [
        ...faultsOf(victim, { proxies, promoted }),
        { name: 'primary replaced', strike: () => redis.failover().then(now) },
      ];
    },
    primaries: async () => [await redis.primary()],
    whole: () => eventually(() => sentinelsSeeAll(redis), 60_000),
    stop: () => stopBoth(redis, proxies),
  };
}

/** Each Sentinel names the same primary, which two replicas follow, and holds nobody for down. */
async function sentinelsSeeAll(redis: SentinelTopology): Promise<void> {
  const primary = await redis.primary();
  const replication = String(await primary.call('INFO', 'replication'));
  expect(replication.match(/state=online/g)).toHaveLength(2);
  for (const sentinel of redis.sentinels) {
    const text = String(await sentinel.call('INFO', 'sentinel'));
    expect(text).toMatch(
      new RegExp(`status=ok,address=[^,]*:${primary.port},slaves=2,sentinels=3`),
    );
    expect(JSON.stringify(await sentinel.call('SENTINEL', 'REPLICAS', 'mymaster'))).not.toMatch(
      /s_down|disconnected|"master-link-status","err"/,
    );
  }
}

export async function clusterGround(): Promise<Ground> {
  const redis = await startCluster({ primaries: PRIMARIES });
  const proxies = await behindProxies(redis.nodes);
  const nodes = [...proxies.of.values()].map(({ host, port }) => ({ host, port }));
  return {
    connection: { kind: 'cluster', nodes, options: { natMap: proxies.natMap } },
    faults: async () => {
      const victim = await withSessions(redis);
      const promoted = (): Promise<void> => redis.promoted(victim);
      return [
        ...faultsOf(victim, { proxies, promoted }),
        { name: 'primary replaced', strike: () => replaced(redis, victim) },
        { name: 'slots move', strike: () => reshard(redis, SLOTS).then(now) },
      ];
    },
    primaries: () => redis.primaries(),
    whole: () => eventually(() => clusterIsWhole(redis), 60_000),
    stop: () => stopBoth(redis, proxies),
  };
}

async function replaced(redis: ClusterTopology, victim: RedisNode): Promise<Struck> {
  const [replica] = await redis.replicas(victim);
  await replica!.call('CLUSTER', 'FAILOVER');
  await redis.promoted(victim);
  return now();
}

/** Few users may leave a primary of a Cluster without any session, and then a fault of it is none. */
async function withSessions(redis: ClusterTopology): Promise<RedisNode> {
  for (const node of await redis.primaries())
    if ((await node.use((client) => client.keys('sess:*'))).length > 0) return node;
  throw new Error('No primary holds a session.');
}

/** All nodes serve and agree on who has which slots, and each primary has a replica. */
async function clusterIsWhole(redis: ClusterTopology): Promise<void> {
  await redis.whole(1000);
  const roles = await Promise.all(redis.nodes.map((node) => node.call('ROLE')));
  // One that came back without slots takes itself for a primary until it knows whom to follow.
  expect(roles.filter((role) => (role as unknown[])[0] === 'master')).toHaveLength(PRIMARIES);
  const tables = await Promise.all(redis.nodes.map(slotsSeenBy));
  for (const table of tables) expect(table).toEqual(tables[0]);
  for (const primary of await redis.primaries())
    expect(await redis.replicas(primary)).not.toHaveLength(0);
}

/** Ranges of slots and the port of their primary, as one node sees them. */
async function slotsSeenBy(node: RedisNode): Promise<string[]> {
  const ranges = (await node.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  return ranges.map(([from, to, [, port]]) => `${from}-${to} ${port}`).toSorted();
}

async function stopBoth(redis: { stop(): Promise<void> }, proxies: Proxies): Promise<void> {
  await proxies.stop();
  await redis.stop();
}
