import { CASES, type Case } from '../cases.js';
import type { BenchOptions } from '../options.js';
import type { Cell, CellProfile } from '../result.js';
import { SERVERS } from '../servers.js';
import { audit, type Audit } from './audit.js';
import type { Journal } from './journal.js';
import { LoadProcess } from './load-process.js';
import { profileMissed, writeProfiles } from './profiles.js';
import type { BenchRedis } from './redis.js';
import {
  placeOf,
  visit,
  visitSteadily,
  warmUp,
  type Bench,
  type Place,
  type Steady,
  type Visit,
} from './rounds.js';
import { ServerProcess } from './server-process.js';

/** A server in a case, and what is known of it so far. */
export interface Open extends Place {
  readonly test: Case;
  readonly audit: Audit;
  readonly visits: Visit[];
  readonly steady: Steady[];
}

interface Measured {
  readonly cells: Cell[];
  readonly profiles: CellProfile[];
}

interface Run {
  readonly options: BenchOptions;
  readonly bench: Bench;
  readonly journal: Journal;
}

/**
 * Measures each server in each case that the options name. Case by case, with processes of its own each: what
 * is divided by one another is measured within seconds, and what one case leaves behind is no part of the next.
 */
export async function measureCells(
  options: BenchOptions,
  redis: BenchRedis,
  journal: Journal,
): Promise<Measured> {
  const measured: Measured = { cells: [], profiles: [] };
  const cases = casesOf(options);
  if (cases.length === 0) return measured;
  const load = await LoadProcess.start();
  const run = { options, bench: { redis, load, pace: options.pace }, journal };
  try {
    for (const test of cases) {
      const { cells, profiles } = await measureCase(test, run);
      measured.cells.push(...cells);
      measured.profiles.push(...profiles);
    }
  } finally {
    await load.end();
  }
  return measured;
}

function casesOf({ only, isQuick }: BenchOptions): Case[] {
  return CASES.filter(({ isInQuickRun }) => isInQuickRun || !isQuick)
    .map((test) => {
      const servers = test.servers.filter((server) => only.test(`${test.id}/${server}`));
      return { ...test, servers };
    })
    .filter(({ servers }) => servers.length > 0);
}

async function measureCase(test: Case, { options, bench, journal }: Run): Promise<Measured> {
  journal.say(`${test.id}: starting ${test.servers.length} servers …`);
  const servers: ServerProcess[] = [];
  try {
    const open: Open[] = [];
    for (const [at, id] of test.servers.entries()) {
      await journal.attempt(`${test.id}/${id}`, async () => {
        const server = await ServerProcess.start(choiceOf(id), {
          redisUrl: bench.redis.url,
          database: at + 1,
        });
        servers.push(server);
        open.push(await opened(test, server, bench));
      });
    }
    if (options.isProfile) {
      await writeProfiles(open, bench, journal.say);
      return { cells: [], profiles: [] };
    }
    return await measureOpen(open, { options, bench, journal });
  } finally {
    await Promise.all(servers.map((server) => server.end()));
    for (const { database } of servers) await bench.redis.empty(database);
  }
}

async function opened(test: Case, server: ServerProcess, bench: Bench): Promise<Open> {
  const counted = await audit(test, server, bench.redis);
  const place = await placeOf(test, server, bench.pace);
  await warmUp(place, bench);
  return { ...place, test, audit: counted, visits: [], steady: [] };
}

/**
 * A B C, A B C: what slows the machine for a while slows all of a round. A server that fails is left out from
 * then on and named; the others go on.
 */
async function measureOpen(
  open: readonly Open[],
  { options: { rounds, pace }, bench, journal }: Run,
): Promise<Measured> {
  let whole = open;
  const each = async (work: (one: Open) => Promise<void>): Promise<void> => {
    const kept: Open[] = [];
    for (const one of whole) {
      const name = `${one.test.id}/${one.server.name}`;
      if (await journal.attempt(name, () => work(one))) kept.push(one);
    }
    whole = kept;
  };
  for (let round = 0; round < rounds; round++)
    await each(async (one) => void one.visits.push(await visit(one, bench)));
  for (let round = 0; round < (pace.openSeconds > 0 ? pace.openRounds : 0); round++)
    await each(async (one) => void one.steady.push(await visitSteadily(one, bench)));
  const cells = whole.map(({ test, server, visits, steady, audit: counted }): Cell => {
    return { case: test.id, server: server.name, audit: counted, visits, steady };
  });
  const profiles: CellProfile[] = [];
  await journal.attempt('profiles', async () => {
    profiles.push(...(await profileMissed(whole, cells, bench)));
  });
  return { cells, profiles };
}

function choiceOf(id: string): (typeof SERVERS)[number] {
  const choice = SERVERS.find((server) => server.id === id);
  if (!choice) throw new Error(`There is no server ${id}.`);
  return choice;
}
