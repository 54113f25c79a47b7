import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';

interface History {
  readonly reads: readonly { key: string; version: number; from: number }[];
  readonly invalidations: readonly { key: string; version: number; acknowledged: number }[];
}

/** A message that takes longer to reach the other node counts as an error. */
const BUS_LATENCY_MS = 100;
const RUN_MS = Number(process.env.CACHE_HISTORY_MS ?? 3000);
const SEED = Number(process.env.CACHE_HISTORY_SEED ?? 1);

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

/** Reads that returned a version older than one whose invalidation was acknowledged before they began. */
function violations(node: number, histories: readonly History[]): string[] {
  return histories.flatMap(({ invalidations }, writer) => {
    const allowanceMs = writer === node ? 0 : BUS_LATENCY_MS;
    return histories[node]!.reads.flatMap((read) => {
      const newest = invalidations
        .filter((one) => one.key === read.key && one.acknowledged + allowanceMs < read.from)
        .reduce((most, { version }) => Math.max(most, version), 0);
      return read.version >= newest
        ? []
        : [`node ${node} read ${read.key}@${read.version} after ${newest} of node ${writer}`];
    });
  });
}

describe('history of two processes', () => {
  it(
    'never shows a version older than one whose invalidation was acknowledged',
    async () => {
      const nodes = await Promise.all(
        [1, 2].map((seed) =>
          CacheNode.start({ url: redis.url, delayRepliesMs: 15, seed: SEED * 10 + seed }),
        ),
      );
      const histories = (await Promise.all(
        nodes.map((node, index) =>
          node.call('history', {
            seed: SEED * 100 + index,
            ms: RUN_MS,
            least: { reads: RUN_MS / 6, writes: RUN_MS / 100 },
            keys: 4,
            writes: index === 0 ? [0, 1] : [2, 3],
            readers: 6,
            mostDelayMs: 10,
          }),
        ),
      )) as History[];
      await Promise.all(nodes.map((node) => node.kill()));
      const reads = histories.reduce((sum, one) => sum + one.reads.length, 0);
      const writes = histories.reduce((sum, one) => sum + one.invalidations.length, 0);
      expect([0, 1].flatMap((node) => violations(node, histories)).slice(0, 5)).toEqual([]);
      // It must have been a test: many reads between many invalidations.
      expect(reads).toBeGreaterThanOrEqual(RUN_MS / 3);
      expect(writes).toBeGreaterThanOrEqual(RUN_MS / 50);
    },
    30_000 + RUN_MS,
  );
});
