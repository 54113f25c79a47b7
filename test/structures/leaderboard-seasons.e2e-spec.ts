import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  getLeaderboardToken,
  RedisModule,
  type Leaderboard,
  type LeaderboardOptions,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const TIMELESS = { deadline: '10s' } as const;

let redis: RedisServer;
const apps: INestApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await redis.use((client) => client.flushall());
});
afterAll(() => redis.stop());

async function start(options: LeaderboardOptions = {}): Promise<Leaderboard> {
  const imports = [RedisModule.forFeature({ leaderboards: { points: options } })];
  const app = await startApp({ connection: redis.url, structures: TIMELESS }, { imports });
  apps.push(app);
  return app.get<Leaderboard>(getLeaderboardToken('points'));
}

const members = (entries: readonly { readonly member: string }[]): string =>
  entries.map(({ member }) => member).join(' ');

describe('seasons', () => {
  it('begin empty, expire after their end, and stay readable until then', async () => {
    let now = new Date();
    const week = { id: 'one', startsAt: new Date(0), endsAt: new Date(Date.now() + 60_000) };
    const next = { id: 'two', startsAt: week.endsAt, endsAt: new Date(Date.now() + 120_000) };
    const board = await start({
      ties: 'first-reached',
      season: () => (now < week.endsAt ? week : next),
      keep: '1h',
    });
    await board.add('a', 1);
    expect(board.seasonId).toBe('one');
    now = next.startsAt;
    expect(board.seasonId).toBe('two');
    expect(await board.top(9)).toEqual([]);
    await board.add('b', 2);
    expect(members(await board.top(9))).toBe('b');
    now = week.startsAt;
    expect(members(await board.top(9))).toBe('a');
    const keys = await redis.use((client) => client.keys('*'));
    expect(keys.toSorted()).toEqual([
      'app:leaderboard:{points:one}:reached',
      'app:leaderboard:{points:one}:scores',
      'app:leaderboard:{points:two}:reached',
      'app:leaderboard:{points:two}:scores',
    ]);
    await redis.use(async (client) => {
      for (const key of keys) {
        const endsAt = (key.includes('one') ? week : next).endsAt.getTime();
        expect(await client.call('PEXPIRETIME', key)).toBe(endsAt + 60 * 60_000);
      }
    });
  });

  it('take what happened in an earlier one, and know the one before', async () => {
    const board = await start({ season: 'day' });
    const yesterday = new Date(Date.now() - 24 * 60 * 60_000);
    await board.at(yesterday).increment('late', 3, { operation: 'o:1' });
    expect(await board.count()).toBe(0);
    const before = board.at(yesterday);
    expect(before.seasonId).toBe(yesterday.toISOString().slice(0, 10));
    expect(members(await before.top(9))).toBe('late');
    expect(board.at(new Date('2026-11-23')).previous().seasonId).toBe('2026-11-22');
  });

  it('are refused where there are none, and ids that would break a key', async () => {
    const board = await start();
    expect(board.seasonId).toBeUndefined();
    expect(() => board.at(new Date())).toThrow(/leaderboards\.points\.season/);
    expect(() => board.previous()).toThrow(/leaderboards\.points\.season/);
    const odd = await start({
      season: () => ({ id: 'a}b', startsAt: new Date(0), endsAt: new Date(1) }),
    });
    await expect(odd.add('a', 1)).rejects.toThrow(/season.*a}b/);
    const endless = await start({
      season: () => ({ id: 'a', startsAt: new Date(0), endsAt: new Date(Number.NaN) }),
    });
    await expect(endless.add('a', 1)).rejects.toThrow(/season.*dates/);
    expect(await redis.use((client) => client.keys('*'))).toEqual([]);
  });
});

describe('the options of a leaderboard', () => {
  it.each([
    [{ order: 'up' }, 'leaderboards.points.order'],
    [{ ties: 'none' }, 'leaderboards.points.ties'],
    [{ season: 'year' }, 'leaderboards.points.season'],
    [{ keep: '1d' }, 'leaderboards.points.keep'],
    [{ season: 'day', keep: 'long' }, 'leaderboards.points.keep'],
  ])('are refused: %j', async (options, path) => {
    await expect(start(options as LeaderboardOptions)).rejects.toThrow(path);
  });

  it('are those of one module', async () => {
    const app = (options: LeaderboardOptions): Promise<INestApplication> =>
      startApp(
        { connection: redis.url },
        {
          imports: [
            RedisModule.forFeature({ leaderboards: { points: {} } }),
            RedisModule.forFeature({ leaderboards: { points: options } }),
          ],
        },
      );
    apps.push(await app({}));
    await expect(app({ ties: 'first-reached' })).rejects.toThrow(/points.*different options/);
    expect(() => RedisModule.forFeature({ leaderboards: { 'a b': {} } })).toThrow(/leaderboards/);
  });
});
