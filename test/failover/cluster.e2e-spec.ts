import process from 'node:process';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';
import { Application } from './application.js';
import { expectBounded, expectHealed, expectService, tell, underLoad } from './trial.js';

jest.setTimeout(120_000);

/** The soak runs both; every run has a frozen primary here and a killed one with Sentinel. */
const FAULTS = (
  [
    ['is frozen', { begin: 'freeze', end: 'thaw' }],
    ['is killed', { begin: 'kill', end: 'restart' }],
  ] as const
).slice(0, process.env.SOAK ? 2 : 1);

let redis: ClusterTopology;
let application: Application;
afterEach(async () => {
  await application.stop();
  await redis.stop();
});

describe('with a Cluster, when a primary', () => {
  it.each(FAULTS)('%s, serves on and is whole again', async (_, { begin, end }) => {
    redis = await startCluster({ nodeTimeoutMs: 1500 });
    application = await Application.start(redis.connection);
    const [old] = await redis.primaries();
    const report = await underLoad(application, async () => {
      await old![begin]();
      await redis.promoted(old!);
      return { servesAgainAt: Date.now() };
    });
    tell(`Cluster, ${begin}`, report);
    expectService(report);
    await expectHealed(application);
    await expectBounded(await redis.primaries());

    await old![end]();
    await eventually(
      async () => expect((await old!.call('ROLE')) as unknown[]).toContain('slave'),
      30_000,
    );
    await expectHealed(application);
  });
});
