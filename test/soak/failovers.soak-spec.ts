import process from 'node:process';
import { afterAll, afterEach, describe, it, jest } from '@jest/globals';
import { Application } from '../failover/application.js';
import { expectBounded, expectHealed, expectService, underLoad } from '../failover/trial.js';
import { randomFrom } from '../fixtures/cache-history.mjs';
import { FaultTable } from './fault-table.js';
import { clusterGround, sentinelGround, type Fault, type Ground } from './faults.js';

// Fault after fault, in a random order, for SOAK_FAILOVER_MINUTES (default 2) with Sentinel and as long with a
// Cluster. FAILOVER_SEED repeats an order.

const MINUTES = Number(process.env.SOAK_FAILOVER_MINUTES ?? 2);
const SEED = Number(process.env.FAILOVER_SEED ?? Date.now() % 1_000_000);
jest.setTimeout((MINUTES + 10) * 60_000);

/** Shorter than by default, as it is how long a lost invalidation may show. */
const TTL_MS = 15_000;
const HEAL_MS = 10_000;

const table = new FaultTable();
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});
afterAll(() => void process.stderr.write(`Seed ${SEED}\n${table.toString()}`));

interface Trial {
  readonly ground: Ground;
  readonly application: Application;
  readonly fault: Fault;
}

/** One after the other, all of them in a random order, and again. */
class Deck {
  #names: string[] = [];
  readonly #random = randomFrom(SEED);

  next(faults: readonly Fault[]): Fault {
    if (this.#names.length === 0)
      this.#names = faults
        .map(({ name }) => ({ name, place: this.#random() }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ name }) => name);
    const name = this.#names.pop();
    return faults.find((fault) => fault.name === name)!;
  }
}

/** A fault under load, and what must hold after it: at once, and when every server is back. */
async function trial(name: string, { ground, application, fault }: Trial): Promise<void> {
  process.stderr.write(`${name}\n`);
  const before = await portsOf(ground);
  const report = await underLoad(application, fault.strike);
  const endedAt = Date.now();
  expectService(report);
  // Replication is asynchronous: where another primary lacks an invalidation, the TTL of the entry makes it good.
  const isReplaced = (await portsOf(ground)) !== before;
  const limitMs = isReplaced ? TTL_MS + HEAL_MS : HEAL_MS;
  await expectHealed(application, limitMs);
  table.add(name, { ...report, healingMs: Date.now() - endedAt });
  await expectBounded(await ground.primaries());

  await fault.mend?.();
  await ground.whole();
  await expectHealed(application, limitMs);
}

async function portsOf(ground: Ground): Promise<string> {
  const primaries = await ground.primaries();
  return primaries
    .map(({ port }) => port)
    .toSorted((one, other) => one - other)
    .join();
}

describe('fault after fault, serves on and is whole again', () => {
  it.each([
    ['Sentinel', sentinelGround],
    ['Cluster', clusterGround],
  ])('with a %s', async (kind, prepare) => {
    const ground = await prepare();
    undo.push(() => ground.stop());
    const application = await Application.start(ground.connection, { cache: { ttl: TTL_MS } });
    undo.push(() => application.stop());
    const deck = new Deck();
    const endAt = Date.now() + MINUTES * 60_000;
    while (Date.now() < endAt) {
      const fault = deck.next(await ground.faults());
      await trial(`${kind}, ${fault.name}`, { ground, application, fault });
    }
  });
});
