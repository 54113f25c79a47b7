import { CASES, type Case } from '../cases.js';
import type { BenchOptions } from '../options.js';
import type { Cell, CellProfile } from '../result.js';
import { SERVERS } from '../servers.js';
import { audit, type Audit } from './audit.js';
import { LoadProcess } from './load-process.js';
import { profileMissed, writeProfiles } from './profiles.js';
import type { BenchRedis } from './redis.js';
import { visit, warmUp, type Bench, type Visit } from './rounds.js';
import { ServerProcess } from './server-process.js';
import type { Journal } from './journal.js';

/** A pair of a case and a server, and what is known of it so far. */
export interface Open {
  readonly test: Case;
  readonly server: ServerProcess;
  readonly visits: Visit[];
  audit?: Audit;
}

interface Measured {
  readonly cells: readonly Cell[];
  readonly profiles: readonly CellProfile[];
}

/** Measures each server in each case that the options name. */
export async function measureCells(
  options: BenchOptions,
  redis: BenchRedis,
  journal: Journal,
): Promise<Measured> {
  const pairs = pairsOf(options);
  if (pairs.length === 0) return { cells: [], profiles: [] };
  journal.say('Starting the servers …');
  const load = await LoadProcess.start();
  const servers = await startServers(new Set(pairs.map(({ server }) => server)), redis);
  const open = pairs.map(({ test, server }): Open => {
    return { test, server: servers.get(server)!, visits: [] };
  });
  const bench = { redis, load, pace: options.pace };
  try {
    if (options.isProfile) {
      await writeProfiles(open, bench, journal.say);
      return { cells: [], profiles: [] };
    }
    const whole = await measureAll(open, bench, { rounds: options.rounds, journal });
    const cells = whole.map(({ test, server, visits, audit: counted }): Cell => {
      return { case: test.id, server: server.name, audit: counted!, visits };
    });
    let profiles: readonly CellProfile[] = [];
    await journal.attempt('profiles', async () => {
      profiles = await profileMissed(whole, cells, bench);
    });
    return { cells, profiles };
  } finally {
    await Promise.all([load, ...servers.values()].map((it) => it.end()));
  }
}

function pairsOf({ only, isQuick }: BenchOptions): { test: Case; server: string }[] {
  return CASES.filter(({ isInQuickRun }) => isInQuickRun || !isQuick)
    .flatMap((test) => test.servers.map((server) => ({ test, server })))
    .filter(({ test, server }) => only.test(`${test.id}/${server}`));
}

async function startServers(
  ids: ReadonlySet<string>,
  redis: BenchRedis,
): Promise<Map<string, ServerProcess>> {
  const servers = new Map<string, ServerProcess>();
  for (const [at, choice] of SERVERS.entries()) {
    if (!ids.has(choice.id)) continue;
    const options = { redisUrl: redis.url, database: at + 1 };
    servers.set(choice.id, await ServerProcess.start(choice, options));
  }
  return servers;
}

/**
 * A B C, A B C: what slows the machine for a while slows all of a round. A pair that fails is left out from
 * then on and named; the others go on.
 */
async function measureAll(
  open: readonly Open[],
  bench: Bench,
  { rounds, journal }: { readonly rounds: number; readonly journal: Journal },
): Promise<readonly Open[]> {
  let whole = open;
  const each = async (what: string, work: (pair: Open) => Promise<void>): Promise<void> => {
    journal.say(`${what} …`);
    const kept: Open[] = [];
    for (const pair of whole) {
      const name = `${pair.test.id}/${pair.server.name}`;
      if (await journal.attempt(name, () => work(pair))) kept.push(pair);
    }
    whole = kept;
  };
  await each('Counting commands', async (pair) => {
    pair.audit = await audit(pair.test, pair.server, bench.redis);
  });
  await each('Warming up', ({ test, server }) => warmUp(test, server, bench));
  for (let round = 1; round <= rounds; round++) {
    await each(`Round ${round} of ${rounds}`, async ({ test, server, visits }) => {
      visits.push(await visit(test, server, bench));
    });
  }
  return whole;
}
