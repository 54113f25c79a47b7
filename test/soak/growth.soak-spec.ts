import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startStandalone, type StandaloneTopology } from 'nestjs-redis-kit/testing';
import { figuresOf, type Sample } from '../failover/load.js';
import { eventually } from '../support/eventually.js';
import { GrowthApp, median, type Held, type Holding } from './growth-app.js';
import { Visitors } from './growth-load.js';

// One application under a steady load, with faults of Redis, for SOAK_GROWTH_MINUTES (default 2). With
// GROWTH_LEAK=memory, timer or socket the application has such a leak, and this must fail.

const MINUTES = Number(process.env.SOAK_GROWTH_MINUTES ?? 2);
jest.setTimeout((MINUTES * 2 + 5) * 60_000);

/** Load without a look; the first third, but five minutes at most, is warm-up: memories fill, code is compiled. */
const ROUND_MS = Math.min(20_000, (MINUTES * 60_000) / 18);
const WARM_UP_MS = Math.min(5 * 60_000, (MINUTES * 60_000) / 3);

/** What collections leave lying, and what each request may leave in memories that are bounded but not yet full. */
const NOISE_BYTES = 2 * 2 ** 20;
const BYTES_PER_REQUEST = 64;

interface Look extends Holding {
  /** Answered until then. */
  readonly requests: number;
}

let redis: StandaloneTopology;
let app: GrowthApp;
afterEach(async () => {
  app.kill();
  await redis.stop();
});

/** What may befall Redis in the middle of a round. */
const FAULTS: readonly (() => Promise<unknown>)[] = [
  async () => undefined,
  () => frozenFor(1000),
  () => redis.node.call('CLIENT', 'KILL', 'TYPE', 'normal'),
  () => redis.node.call('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  () => frozenFor(2500),
];

async function frozenFor(ms: number): Promise<void> {
  redis.node.freeze();
  await sleep(ms);
  redis.node.thaw();
}

const total = new Map<string, { requests: number; outcomes: Record<string, number> }>();

/** Counts answers by their kind, so that no round's samples are kept. */
function count(samples: readonly Sample[]): number {
  for (const kind of new Set(samples.map((sample) => sample.kind))) {
    const { requests, outcomes } = figuresOf(samples.filter((sample) => sample.kind === kind));
    const sum = total.get(kind) ?? { requests: 0, outcomes: {} };
    total.set(kind, sum);
    sum.requests += requests;
    for (const [outcome, times] of Object.entries(outcomes))
      sum.outcomes[outcome] = (sum.outcomes[outcome] ?? 0) + times;
  }
  return samples.length;
}

/** Rounds of load with a fault in each, and a look after it. */
async function rounds(visitors: Visitors, forMs: number, from = 0): Promise<Look[]> {
  const looks: Look[] = [];
  const endAt = Date.now() + forMs;
  let requests = from;
  for (let round = 0; Date.now() < endAt; round += 1) {
    const load = visitors.load();
    await sleep(ROUND_MS / 2);
    await FAULTS[round % FAULTS.length]!();
    await sleep(ROUND_MS / 2);
    await load.stop();
    requests += count(load.samples);
    looks.push({ ...(await app.holding()), requests });
  }
  return looks;
}

const bytesOf = ({ memory: { heapUsed, external } }: Look): number => heapUsed + external;

/** From the middle of the first third to the middle of the last one. */
function growthOf(looks: readonly Look[]): { bytes: number; requests: number; rss: number } {
  const third = Math.ceil(looks.length / 3);
  const between = (value: (look: Look) => number): number =>
    median(looks.slice(-third).map(value)) - median(looks.slice(0, third).map(value));
  return {
    bytes: between(bytesOf),
    requests: between(({ requests }) => requests),
    rss: between(({ memory }) => memory.rss),
  };
}

/** Bytes per request of the straight line through all looks (least squares). */
function slopeOf(looks: readonly Look[]): number {
  const mean = (value: (look: Look) => number): number =>
    looks.reduce((sum, look) => sum + value(look), 0) / looks.length;
  const [x, y] = [mean(({ requests }) => requests), mean(bytesOf)];
  const steep = mean((look) => (look.requests - x) * (bytesOf(look) - y));
  return steep / mean(({ requests }) => (requests - x) ** 2);
}

function tell(looks: readonly Look[], warm: Held, end: Held): void {
  const megabytes = looks.map((look) => Math.round(bytesOf(look) / 2 ** 17) / 8);
  const line = {
    minutes: MINUTES,
    requests: looks.at(-1)!.requests,
    byLane: looks.at(-1)!.byLane,
    megabytes,
    growth: growthOf(looks),
    bytesPerRequest: Math.round(slopeOf(looks)),
    heldAfterWarmUp: warm,
    heldAtTheEnd: end,
    outcomes: Object.fromEntries(total),
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

/** Each kind of request has these answers and no others. */
function expectAnswers(): void {
  for (const [kind, { requests, outcomes }] of total) {
    const mayBe: Record<string, readonly string[]> = {
      session: ['200', '401', '403', '503'],
      login: ['201', '503'],
      change: ['201'],
      message: ['201', '503'],
      conditional: ['200', '304'],
      abort: ['aborted'],
    };
    const strange = Object.keys(outcomes).filter((one) => !(mayBe[kind] ?? ['200']).includes(one));
    expect([kind, strange]).toEqual([kind, []]);
    const refused = outcomes['503'] ?? 0;
    expect([kind, refused < requests / 2]).toEqual([kind, true]);
  }
}

describe('an application under load for long, while Redis fails now and then', () => {
  it('holds no more than after its warm-up, and nothing once it is closed', async () => {
    redis = await startStandalone();
    app = await GrowthApp.start(redis);
    const visitors = new Visitors(app.url);
    const warmUp = await rounds(visitors, WARM_UP_MS);
    const warm = await app.quiet();
    const looks = await rounds(visitors, MINUTES * 60_000 - WARM_UP_MS, warmUp.at(-1)!.requests);
    const end = looks.at(-1)!;
    tell(looks, warm, await app.quiet());

    expectAnswers();
    expect(end.byLane).toBeGreaterThan(total.get('lane')!.requests / 10);
    const { bytes, requests } = growthOf(looks);
    const allowed = NOISE_BYTES + BYTES_PER_REQUEST * requests;
    expect(bytes).toBeLessThan(allowed);
    expect(slopeOf(looks) * requests).toBeLessThan(allowed);
    await eventually(async () => expect(await app.quiet()).toEqual(warm), 60_000);
    expect(await app.close(20_000)).toBe(0);
    await eventually(async () =>
      expect(String(await redis.node.call('INFO', 'clients'))).toMatch(/^connected_clients:1\r?$/m),
    );
  });
});
