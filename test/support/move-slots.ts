import type { ClusterTopology, RedisNode } from 'nestjs-redis-kit/testing';

const MOVE_LIMIT_MS = 5000;

/** One slot on its way from one primary to another. */
export interface SlotMove {
  readonly slot: number;
  readonly from: RedisNode;
  readonly to: RedisNode;
}

/** Slots of a primary that hold keys. */
export async function slotsWithKeys(node: RedisNode): Promise<number[]> {
  return node.use(async (client) => {
    const keys = await client.keys('*');
    const slots = await Promise.all(keys.map((key) => client.call('CLUSTER', 'KEYSLOT', key)));
    return [...new Set(slots.map(Number))];
  });
}

/**
 * Each primary gives slots that hold keys to the next one.
 *
 * @param most slots of each primary
 * @returns how many slots and keys went
 */
export async function reshard(
  cluster: ClusterTopology,
  most: number,
): Promise<{ slots: number; keys: number }> {
  const total = { slots: 0, keys: 0 };
  const primaries = await cluster.primaries();
  const plans = await Promise.all(primaries.map(slotsWithKeys));
  for (const [at, slots] of plans.entries()) {
    const [from, to] = [primaries[at]!, primaries[(at + 1) % primaries.length]!];
    for (const slot of slots.slice(0, most)) {
      total.keys += await moveSlot(cluster, { slot, from, to });
      total.slots += 1;
    }
  }
  return total;
}

/**
 * Moves a slot as `redis-cli --cluster reshard` does: key by key, while clients use it. In between, some of its keys are
 * here and some there.
 * Source: Redis Cluster specification, "Live reconfiguration".
 */
export async function moveSlot(
  cluster: ClusterTopology,
  { slot, from, to }: SlotMove,
): Promise<number> {
  const table = await cluster.table();
  const idOf = ({ port }: RedisNode): string => table.find((node) => node.port === port)!.id;
  await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', idOf(from));
  await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', idOf(to));
  let moved = 0;
  await from.use(async (client) => {
    for (;;) {
      const [key] = (await client.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[];
      if (key === undefined) return;
      await client.call('MIGRATE', to.host, to.port, key, 0, MOVE_LIMIT_MS);
      moved += 1;
    }
  });
  // The new owner first: until the old one knows, it sends clients there.
  for (const node of [to, from, ...cluster.nodes.filter((one) => one !== to && one !== from)])
    await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', idOf(to)).catch(refusedByReplica);
  return moved;
}

/** Replicas hear of it from their primary. */
function refusedByReplica(error: Error): void {
  if (!/replica|slave|only with masters/i.test(error.message)) throw error;
}
