import { runMicro } from './micro.js';
import type { BenchRedis } from './redis.js';

export interface GrowthOptions {
  readonly isQuick: boolean;
  /** Length of one measure, in seconds. */
  readonly seconds: number;
}

/** Entries are written once, so this is measured once and not in each round. */
const ENTRIES = { quick: 100_000, whole: 1_000_000 };
/** What it takes to write a million entries on a busy machine. */
const LIMIT_MS = 5 * 60_000;
/** For a process to start beside others. */
const STARTS_IN_MS = 1500;

/** What a hit costs as entries, tags and processes become more. */
export async function measureGrowth(
  redis: BenchRedis,
  { isQuick, seconds }: GrowthOptions,
): Promise<Record<string, number[]>> {
  const env = { BENCH_SECONDS: String(seconds) };
  const entries = String(isQuick ? ENTRIES.quick : ENTRIES.whole);
  const figures = {
    ...(await runMicro('growth-entries', redis, {
      env: { ...env, BENCH_ENTRIES: entries },
      limitMs: LIMIT_MS,
    })),
    ...(await runMicro('growth-tags', redis, { env })),
  };
  await redis.empty(0);
  for (const processes of isQuick ? [1, 4] : [1, 2, 4, 8])
    Object.assign(figures, await besideOthers(redis, processes, env));
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, [value]]));
}

/** The mean of the processes; CPU time, so that it does not matter how many cores they share. */
async function besideOthers(
  redis: BenchRedis,
  processes: number,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, number>> {
  const beginsAt = Date.now() + STARTS_IN_MS * processes;
  const all = await Promise.all(
    Array.from({ length: processes }, () =>
      runMicro('growth-processes', redis, {
        env: { ...env, BENCH_BEGINS_AT: String(beginsAt) },
        isPinned: false,
      }),
    ),
  );
  const mean = (tier: 'l1' | 'l2'): number =>
    all.reduce((sum, figures) => sum + figures[tier]!, 0) / processes;
  return {
    [`growth.processes.${processes}.l1`]: mean('l1'),
    [`growth.processes.${processes}.l2`]: mean('l2'),
  };
}
