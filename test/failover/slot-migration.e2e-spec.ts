import process from 'node:process';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';
import { reshard } from '../support/move-slots.js';
import { Application } from './application.js';
import { figuresOf, type Sample } from './load.js';
import { expectHealed } from './trial.js';

jest.setTimeout(120_000);

/** Times that slots with keys change their primary, and how many of each primary: in the soak, all. */
const [ROUNDS, SLOTS] = process.env.SOAK ? [10, Infinity] : [1, 8];

let redis: ClusterTopology;
let application: Application;
afterEach(async () => {
  await application.stop();
  await redis.stop();
});

describe('when slots move between primaries under load', () => {
  it('loses nothing, and no user sees it', async () => {
    redis = await startCluster({ replicas: 0 });
    application = await Application.start(redis.connection, { session: { deadline: '10s' } });
    const count = await application.counter('one-after-the-other');
    const load = application.load();
    const counted: Sample[] = [];
    const reshardings = { goOn: true };
    const counting = (async () => {
      while (reshardings.goOn) counted.push(await count());
    })();
    await eventually(() => expect(load.of('session').length).toBeGreaterThan(40));
    const moved = { slots: 0, keys: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const { slots, keys } = await reshard(redis, SLOTS);
      moved.slots += slots;
      moved.keys += keys;
    }
    reshardings.goOn = false;
    await counting;
    await load.stop();
    if (process.env.FIGURES)
      process.stderr.write(
        `${JSON.stringify({ moved, counted: counted.length, cache: figuresOf(load.of('cache', 'page')), session: figuresOf(load.of('session')), control: figuresOf(load.of('control')) })}\n`,
      );

    expect(moved.keys).toBeGreaterThan(10 * ROUNDS);
    const outcomes = (kind: string): string[] => Object.keys(figuresOf(load.of(kind)).outcomes);
    expect([outcomes('cache'), outcomes('page')]).toEqual([['200'], ['200']]);
    expect([outcomes('invalidation'), outcomes('session')]).toEqual([['201'], ['201']]);
    expect(counted.map(({ body }) => body)).toEqual(
      counted.map((_, at) => JSON.stringify({ count: at + 1 })),
    );
    await expectHealed(application);
  });
});
