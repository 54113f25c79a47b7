import type { BenchOptions } from '../options.js';
import type { BenchResult } from '../result.js';
import { measureCells } from './cells.js';
import { coldUrl, sessionChanges } from './crowds.js';
import { measureGrowth } from './growth.js';
import { Journal } from './journal.js';
import { describeMachine } from './machine.js';
import { measureMicro } from './micro.js';
import { BenchRedis } from './redis.js';

/** Measures everything, one thing at a time. */
export async function run(options: BenchOptions, say: Journal['say']): Promise<BenchResult> {
  const startedAt = new Date().toISOString();
  const journal = new Journal(say);
  const redis = await BenchRedis.start();
  try {
    const machine = await describeMachine(await redis.version());
    const { isQuick, rounds, pace } = options;
    const { cells, profiles } = await measureCells(options, redis, journal);
    const values = options.isProfile ? {} : await measureValues(options, redis, journal);
    const { failures } = journal;
    return { startedAt, isQuick, rounds, pace, machine, cells, values, profiles, failures };
  } finally {
    await redis.stop();
  }
}

type Values = Record<string, number[]>;

async function measureValues(
  { only, isQuick, microRounds: rounds, microSeconds: seconds }: BenchOptions,
  redis: BenchRedis,
  journal: Journal,
): Promise<Values> {
  const values: Values = {};
  const add = (name: string, work: () => Promise<Values>): Promise<boolean> =>
    journal.attempt(name, async () => {
      Object.assign(values, await work());
    });
  if (only.test('micro')) {
    journal.say('In-process measures …');
    await add('micro', () => measureMicro(redis, { rounds, seconds, journal }));
  }
  if (only.test('growth')) {
    journal.say('Growth …');
    await add('growth', () => measureGrowth(redis, { isQuick, seconds }));
  }
  if (only.test('crowds')) {
    journal.say('Crowds …');
    for (const processes of [1, 2, 4]) {
      await add(`cold URL, ${processes} processes`, () => coldUrl(redis, { processes, rounds }));
    }
    await add('session changes', () => sessionChanges(redis, rounds));
  }
  return values;
}
