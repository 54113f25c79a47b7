import { join } from 'node:path';
import type { Journal } from './journal.js';
import { onServerCore } from './machine.js';
import type { BenchRedis } from './redis.js';
import { Spawned } from './spawned.js';

/** What a program in `micro/` sends at its end: figures by name. */
export interface MicroReport {
  readonly values: Readonly<Record<string, number>>;
}

const PROGRAMS = join(import.meta.dirname, '../../micro');

/** In-process measures, in the order of a round: those that are compared stand next to each other. */
const TIMED = [
  'get-or-set-kit',
  'get-or-set-bento',
  'get-many',
  'start',
  'import-in-nest',
  'import-alone',
  'memory',
];

interface MicroOptions {
  readonly rounds: number;
  /** Length of one measure, in seconds. */
  readonly seconds: number;
  readonly journal: Journal;
}

/** A program that fails is left out with all its figures, and named; the others go on. */
export async function measureMicro(
  redis: BenchRedis,
  { rounds, seconds, journal }: MicroOptions,
): Promise<Record<string, number[]>> {
  const figures = new Map<string, Record<string, number[]>>(TIMED.map((program) => [program, {}]));
  const env = { BENCH_SECONDS: String(seconds) };
  for (let round = 0; round < rounds; round++) {
    for (const [program, values] of figures) {
      const isDone = await journal.attempt(program, async () => {
        const report = await runMicro(program, redis, { env });
        for (const [name, value] of Object.entries(report)) (values[name] ??= []).push(value);
      });
      if (!isDone) figures.delete(program);
    }
  }
  const values: Record<string, number[]> = Object.assign({}, ...figures.values());
  await journal.attempt('get-many-count', async () => {
    values['getMany.commands'] = [await commandsOfBatch(redis)];
  });
  return values;
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
  /** Longest wait for its figures, in milliseconds. Default: three minutes, for a busy machine. */
  readonly limitMs?: number;
  /** Default: true. Processes that run beside each other are not to share one core. */
  readonly isPinned?: boolean;
}

/** Runs a program of `micro/` to its end. */
export async function runMicro(
  program: string,
  redis: BenchRedis,
  { env, limitMs = 180_000, isPinned = true }: MicroRun,
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
