import { CASES, type Case } from '../cases.js';
import type { BenchOptions } from '../options.js';
import type { BenchResult, Cell } from '../result.js';
import { SERVERS } from '../servers.js';
import { audit, type Audit } from './audit.js';
import { coldUrl, sessionChanges } from './crowds.js';
import { LoadProcess } from './load-process.js';
import { describeMachine } from './machine.js';
import { measureMicro } from './micro.js';
import { writeProfiles } from './profiles.js';
import { BenchRedis } from './redis.js';
import { visit, type Bench, type Visit } from './rounds.js';
import { ServerProcess } from './server-process.js';

type Say = (line: string) => void;

/** Measures everything, one thing at a time. */
export async function run(options: BenchOptions, say: Say): Promise<BenchResult> {
  const startedAt = new Date().toISOString();
  const redis = await BenchRedis.start();
  try {
    const machine = await describeMachine(await redis.version());
    const { isQuick, rounds, pace } = options;
    const cells = await measureCells(options, redis, say);
    const values = options.isProfile ? {} : await measureValues(options, redis, say);
    return { startedAt, isQuick, rounds, pace, machine, cells, values };
  } finally {
    await redis.stop();
  }
}

/** A pair of a case and a server, and what is known of it so far. */
export interface Open {
  readonly test: Case;
  readonly server: ServerProcess;
  readonly visits: Visit[];
}

async function measureCells(
  { only, rounds, pace, isQuick, isProfile }: BenchOptions,
  redis: BenchRedis,
  say: Say,
): Promise<Cell[]> {
  const cases = CASES.filter(({ isInQuickRun }) => isInQuickRun || !isQuick);
  const pairs = cases
    .flatMap((test) => test.servers.map((server) => ({ test, server })))
    .filter(({ test, server }) => only.test(`${test.id}/${server}`));
  if (pairs.length === 0) return [];
  say('Starting the servers …');
  const load = await LoadProcess.start();
  const servers = await startServers(new Set(pairs.map(({ server }) => server)), redis);
  const open = pairs.map(({ test, server }): Open => {
    return { test, server: servers.get(server)!, visits: [] };
  });
  try {
    if (isProfile) {
      await writeProfiles(open, { redis, load, pace }, say);
      return [];
    }
    say('Counting commands …');
    const audits: Audit[] = [];
    for (const { test, server } of open) audits.push(await audit(test, server, redis));
    await measureRounds(open, { redis, load, pace }, { rounds, say });
    return open.map(({ test, server, visits }, at) => {
      return { case: test.id, server: server.name, audit: audits[at]!, visits };
    });
  } finally {
    await Promise.all([load, ...servers.values()].map((it) => it.end()));
  }
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

/** A B C, A B C: what slows the machine for a while slows all of a round. */
async function measureRounds(
  open: readonly Open[],
  bench: Bench,
  { rounds, say }: { readonly rounds: number; readonly say: Say },
): Promise<void> {
  say('Warming up …');
  await warmUp(open, bench);
  for (let round = 1; round <= rounds; round++) {
    say(`Round ${round} of ${rounds} …`);
    for (const { test, server, visits } of open) visits.push(await visit(test, server, bench));
  }
}

/** Spreads the first seconds of each server over its cases. */
async function warmUp(open: readonly Open[], bench: Bench): Promise<void> {
  const { firstSeconds } = bench.pace;
  for (const { test, server } of open) {
    const casesOfServer = open.filter((other) => other.server === server).length;
    const seconds = firstSeconds / casesOfServer / 2;
    await visit(test, server, {
      ...bench,
      pace: { ...bench.pace, warmUpSeconds: seconds, seconds },
    });
  }
}

async function measureValues(
  { only, rounds, microSeconds }: BenchOptions,
  redis: BenchRedis,
  say: Say,
): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  if (only.test('micro')) {
    say('In-process measures …');
    Object.assign(values, await measureMicro(redis, { rounds, seconds: microSeconds }));
  }
  if (only.test('crowds')) {
    say('Crowds …');
    for (const processes of [1, 2, 4]) {
      Object.assign(values, await coldUrl(redis, { processes, rounds }));
    }
    Object.assign(values, await sessionChanges(redis, rounds));
  }
  return values;
}
