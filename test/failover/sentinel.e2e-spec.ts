import process from 'node:process';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startSentinel, type SentinelTopology } from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';
import { Application } from './application.js';
import { expectBounded, expectHealed, expectService, tell, underLoad } from './trial.js';

jest.setTimeout(120_000);

/** The soak runs both; every run has a killed primary here and a frozen one in a Cluster. */
const FAULTS = (
  [
    ['is killed', { begin: 'kill', end: 'restart' }],
    ['is frozen', { begin: 'freeze', end: 'thaw' }],
  ] as const
).slice(0, process.env.SOAK ? 2 : 1);

let redis: SentinelTopology;
let application: Application;
afterEach(async () => {
  await application.stop();
  await redis.stop();
});

describe('with Sentinel, when the primary', () => {
  it.each(FAULTS)('%s, serves on and is whole again', async (_, { begin, end }) => {
    redis = await startSentinel();
    application = await Application.start(redis.connection);
    const old = await redis.primary();
    const report = await underLoad(application, async () => {
      await old[begin]();
      const next = await redis.newPrimary(old);
      await next.call('PING');
      return { servesAgainAt: Date.now() };
    });
    tell(`Sentinel, ${begin}`, report);
    expectService(report);
    await expectHealed(application);
    await expectBounded([await redis.primary()]);

    await old[end]();
    await eventually(
      async () => expect((await old.call('ROLE')) as unknown[]).toContain('slave'),
      30_000,
    );
    await expectHealed(application);
  });
});
