import { join } from 'node:path';
import { onServerCore } from './machine.js';
import type { BenchRedis } from './redis.js';
import { Spawned } from './spawned.js';

/** What a program in `micro/` sends at its end: figures by name. */
export interface MicroReport {
  readonly values: Readonly<Record<string, number>>;
}

const PROGRAMS = join(import.meta.dirname, '../../micro');

/** In-process measures, in the order of a round: those that are compared stand next to each other. */
const TIMED = ['get-or-set-kit', 'get-or-set-bento', 'get-many', 'start', 'memory'];

export async function measureMicro(
  redis: BenchRedis,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const program of TIMED) {
      const report = await runMicro(program, redis, {
        env: { BENCH_SECONDS: String(seconds) },
      });
      for (const [name, value] of Object.entries(report)) (values[name] ??= []).push(value);
    }
  }
  return { ...values, 'getMany.commands': [await commandsOfBatch(redis)] };
}

const BATCHES = 10;

/** What further batches add to the commands of a program that starts and reads one. */
async function commandsOfBatch(redis: BenchRedis): Promise<number> {
  const counted = async (batches: number): Promise<number> => {
    const env = { BENCH_BATCHES: String(batches) };
    const seen = await redis.commandsDuring(async () => {
      await runMicro('get-many-count', redis, { env });
    });
    return Object.values(seen).reduce((sum, count) => sum + count, 0);
  };
  return ((await counted(1 + BATCHES)) - (await counted(1))) / BATCHES;
}

interface MicroRun {
  readonly env: NodeJS.ProcessEnv;
  /** Longest wait for its figures, in milliseconds. Default: a minute. */
  readonly limitMs?: number;
  /** Default: true. Processes that run beside each other are not to share one core. */
  readonly isPinned?: boolean;
}

/** Runs a program of `micro/` to its end. */
export async function runMicro(
  program: string,
  redis: BenchRedis,
  { env, limitMs = 60_000, isPinned = true }: MicroRun,
): Promise<MicroReport['values']> {
  const command = [process.execPath, '--expose-gc', join(PROGRAMS, `${program}.js`)];
  const spawned = Spawned.start(program, {
    command: isPinned ? onServerCore(command) : command,
    env: { BENCH_REDIS_URL: redis.url, ...env },
  });
  try {
    const { values } = await spawned.ask<MicroReport>(undefined, limitMs);
    return values;
  } finally {
    await spawned.end();
  }
}
