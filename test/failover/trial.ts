import process from 'node:process';
import { expect } from '@jest/globals';
import type { RedisNode } from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';
import type { Application } from './application.js';
import { figuresOf, type Figures, type Load } from './load.js';

/** What a fault cost. */
export interface Report {
  readonly cache: Figures;
  readonly session: Figures;
  readonly invalidation: Figures;
  /** From the fault to the first answer of the new primary. */
  readonly electionMs: number;
  /** From there to the beginning of the last session request that failed; 0 where none did. */
  readonly recoveryMs: number;
  /** Requests that need no Redis: what the machine alone cost at the same time. */
  readonly control: Figures;
}

/** Under load: a fault, its end, and a while after it. */
export async function underLoad(
  application: Application,
  fault: (load: Load) => Promise<{ readonly servesAgainAt: number }>,
): Promise<Report> {
  const load = application.load();
  let faultAt = 0;
  let servesAgainAt = 0;
  try {
    await enough(load, 40);
    faultAt = Date.now();
    ({ servesAgainAt } = await fault(load));
    await enough(load, 80);
  } finally {
    await load.stop();
  }
  const session = load.of('session');
  const lastFailure = session
    .filter(({ outcome }) => outcome !== 201)
    .reduce((last, { startedAt }) => Math.max(last, startedAt), 0);
  return {
    cache: figuresOf(load.of('cache', 'page')),
    session: figuresOf(session),
    invalidation: figuresOf(load.of('invalidation')),
    electionMs: servesAgainAt - faultAt,
    recoveryMs: Math.max(0, lastFailure - servesAgainAt),
    control: figuresOf(load.of('control')),
  };
}

/** Until so many session requests in a row were answered. */
async function enough(load: Load, count: number): Promise<void> {
  const before = load.samples.length;
  await eventually(() => {
    const last = load.of('session').slice(-count);
    expect(load.samples.length - before).toBeGreaterThan(count);
    expect(last).toHaveLength(count);
    expect(last.every(({ outcome }) => outcome === 201)).toBe(true);
  }, 40_000);
}

/** What each fault may do to requests. */
export function expectService(report: Report): void {
  const { cache, session, invalidation, control } = report;
  expect(Object.keys(cache.outcomes)).toEqual(['200']);
  expect(Object.keys(invalidation.outcomes)).toEqual(['201']);
  expect(Object.keys(session.outcomes).filter((one) => one !== '201' && one !== '503')).toEqual([]);
  // Each step of a cached request has a deadline of 250 ms, reading and writing a session one of 3 s each.
  expect(cache.longestMs).toBeLessThan(3000 + control.longestMs);
  expect(session.longestMs).toBeLessThan(6500 + control.longestMs);
  expect(report.recoveryMs).toBeLessThan(1000 + control.longestMs);
}

/** Prints the figures of a trial where `FIGURES` asks for them. */
export function tell(fault: string, report: Report): void {
  if (process.env.FIGURES) process.stderr.write(`${JSON.stringify({ fault, ...report })}\n`);
}

/** What must hold once it is over, within `limitMs`. */
export async function expectHealed(application: Application, limitMs = 10_000): Promise<void> {
  await eventually(async () => {
    const values = await application.values();
    expect(values.shown).toEqual(values.true);
  }, limitMs);
  await eventually(async () => {
    for (const found of await application.devices()) expect(found).toEqual({ devices: 1 });
  }, limitMs);
}

/** Every key of the cache ends by itself: no lease is held for ever. */
export async function expectBounded(nodes: readonly RedisNode[]): Promise<void> {
  for (const node of nodes) {
    await node.use(async (client) => {
      for (const key of await client.keys('cache:*'))
        expect([key, await client.pttl(key)]).not.toEqual([key, -1]);
    });
  }
}
