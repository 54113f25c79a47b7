import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { getLeaderboardToken, RedisModule, type Leaderboard } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const MEMBERS = 1_000_000;
const AT_ONCE = 2000;
const CALLS = 1000;

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.start();
  const leaderboards = {
    plain: { ties: 'member' },
    timed: { ties: 'first-reached' },
  } as const;
  app = await startApp(
    { connection: redis.url, structures: { deadline: '1m' } },
    { imports: [RedisModule.forFeature({ leaderboards })] },
  );
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

/** Time that Redis itself spent on scripts since the last reset, per call. */
async function microsecondsPerScript(): Promise<number> {
  const stats = await redis.use((client) => client.info('commandstats'));
  const [, calls, microseconds] = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(stats)!;
  expect(Number(calls)).toBeGreaterThanOrEqual(CALLS);
  return Number(microseconds) / Number(calls);
}

it.each(['plain', 'timed'])(
  'reads the %s board of a million members in less than a millisecond',
  async (name) => {
    const board = app.get<Leaderboard>(getLeaderboardToken(name));
    for (let at = 0; at < MEMBERS; at += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, index) => at + index);
      await Promise.all(some.map((n) => board.add(`member:${n}`, (n * 7919) % 100_003)));
    }
    expect(await board.count()).toBe(MEMBERS);
    const reads = {
      'top(10)': () => board.top(10),
      rank: (n: number) => board.rank(`member:${n}`),
      'around(5)': (n: number) => board.around(`member:${n}`, 5),
    };
    for (const [what, read] of Object.entries(reads)) {
      await redis.use((client) => client.config('RESETSTAT'));
      for (let call = 0; call < CALLS; call += 1) await read((call * 104_729) % MEMBERS);
      const microseconds = await microsecondsPerScript();
      console.log(`${what} of ${MEMBERS} (${name}): ${microseconds.toFixed(1)} µs in Redis`);
      expect(microseconds).toBeLessThan(1000);
    }
  },
  10 * 60_000,
);
