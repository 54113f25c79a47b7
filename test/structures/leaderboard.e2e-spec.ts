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
const MOST = Number.MAX_SAFE_INTEGER;

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

async function fill(board: Leaderboard, scores: Readonly<Record<string, number>>): Promise<void> {
  for (const [member, score] of Object.entries(scores)) await board.add(member, score);
}

const members = (entries: readonly { readonly member: string }[]): string =>
  entries.map(({ member }) => member).join(' ');

describe.each(['member', 'first-reached'] as const)('a leaderboard with ties by %s', (ties) => {
  it('knows the top, ranks, neighbors, pages and numbers', async () => {
    const board = await start({ ties });
    await fill(board, { a: 10, b: 40, c: 20, d: 50, e: 30 });
    expect(await board.top(2)).toEqual([
      { member: 'd', score: 50, rank: 1 },
      { member: 'b', score: 40, rank: 2 },
    ]);
    expect(await board.top(0)).toEqual([]);
    expect(members(await board.top(100))).toBe('d b e c a');
    expect(await board.rank('c')).toBe(4);
    expect(await board.score('c')).toBe(20);
    expect(await board.entry('a')).toEqual({ member: 'a', score: 10, rank: 5 });
    expect(await board.rank('nobody')).toBeUndefined();
    expect(await board.around('nobody', 2)).toEqual([]);
    expect(members(await board.around('e', 1))).toBe('b e c');
    expect(await board.around('d', 1)).toEqual([
      { member: 'd', score: 50, rank: 1 },
      { member: 'b', score: 40, rank: 2 },
    ]);
    expect(members(await board.around('a', 2))).toBe('e c a');
    expect(await board.page(2, 2)).toEqual({
      entries: [
        { member: 'e', score: 30, rank: 3 },
        { member: 'c', score: 20, rank: 4 },
      ],
      page: 2,
      pages: 3,
      total: 5,
    });
    expect(await board.page(9, 2)).toEqual({ entries: [], page: 9, pages: 3, total: 5 });
    expect(await board.count()).toBe(5);
    expect(await board.count({ min: 20, max: 40 })).toBe(3);
    expect(await board.count({ min: 41 })).toBe(1);
  });

  it('puts the lowest first when asked to', async () => {
    const board = await start({ ties, order: 'lowest-first' });
    await fill(board, { a: 10, b: 40, c: 20 });
    expect(members(await board.top(3))).toBe('a c b');
    expect(await board.rank('a')).toBe(1);
    expect(members(await board.around('c', 1))).toBe('a c b');
  });

  it('keeps scores up to 2^53 - 1 exactly, and increments past it not at all', async () => {
    const board = await start({ ties });
    await board.add('most', MOST - 2);
    expect(await board.increment('most', 1)).toBe(MOST - 1);
    expect(await board.increment('most', 1)).toBe(MOST);
    expect(await board.score('most')).toBe(MOST);
    await expect(board.increment('most')).rejects.toThrow(/9007199254740991.*lose precision/);
    await board.add('least', -MOST);
    await expect(board.increment('least', -1)).rejects.toMatchObject({
      code: 'LEADERBOARD_SCORE_OUT_OF_RANGE',
    });
    expect(await board.top(2)).toEqual([
      { member: 'most', score: MOST, rank: 1 },
      { member: 'least', score: -MOST, rank: 2 },
    ]);
    await board.add('fraction', 0.1);
    expect(await board.increment('fraction', 0.2)).toBe(0.1 + 0.2);
    expect(await board.increment('zero', -0)).toBe(0);
  });

  it('takes a score always, or when it is new, higher or lower', async () => {
    const board = await start({ ties });
    expect(await board.add('a', 5, { when: 'new' })).toBe(true);
    expect(await board.add('a', 7, { when: 'new' })).toBe(false);
    expect(await board.add('a', 4, { when: 'higher' })).toBe(false);
    expect(await board.add('a', 6, { when: 'higher' })).toBe(true);
    expect(await board.add('a', 7, { when: 'lower' })).toBe(false);
    expect(await board.add('a', 3, { when: 'lower' })).toBe(true);
    expect(await board.add('a', 9)).toBe(true);
    expect(await board.add('a', 9)).toBe(false);
    expect(await board.score('a')).toBe(9);
  });

  it('removes members, and leaves no key behind an empty board', async () => {
    const board = await start({ ties });
    await fill(board, { a: 1, b: 2 });
    expect(await board.remove('a', 'nobody')).toBe(1);
    expect(await board.rank('a')).toBeUndefined();
    expect(await board.count()).toBe(1);
    expect(await board.remove('b')).toBe(1);
    expect(await redis.use((client) => client.keys('*'))).toEqual([]);
    expect(await board.remove()).toBe(0);
  });

  it('is reset, and archived in one step', async () => {
    const board = await start({ ties });
    expect(await board.archive('nothing')).toBe(0);
    await fill(board, { a: 1, b: 2 });
    expect(await board.archive('spring', { keep: '1h' })).toBe(2);
    expect(await board.count()).toBe(0);
    await board.add('c', 3);
    expect(members(await board.archived('spring').top(9))).toBe('b a');
    expect(await board.archived('spring').rank('a')).toBe(2);
    expect(await board.archived('never').top(9)).toEqual([]);
    await expect(board.archive('spring')).rejects.toMatchObject({
      code: 'LEADERBOARD_ARCHIVE_EXISTS',
    });
    expect(members(await board.top(9))).toBe('c');
    await redis.use(async (client) => {
      for (const key of await client.keys('*archive*')) {
        const left = await client.pttl(key);
        expect(left).toBeGreaterThan(59 * 60_000);
        expect(left).toBeLessThanOrEqual(60 * 60_000);
      }
    });
    expect(await board.reset()).toBe(true);
    expect(await board.reset()).toBe(false);
    expect(await board.count()).toBe(0);
  });

  it('does an operation once, however often it is sent', async () => {
    const board = await start({ ties });
    expect(await board.increment('a', 5, { operation: 'order:1' })).toBe(5);
    expect(await board.increment('a', 1)).toBe(6);
    expect(await board.increment('a', 5, { operation: 'order:1' })).toBe(5);
    expect(await board.increment('a', 5, { operation: 'order:2' })).toBe(11);
    expect(await board.score('a')).toBe(11);
    const keys = await redis.use((client) => client.keys('*operation*'));
    expect(keys.toSorted()).toEqual([
      'app:leaderboard:{points}:operation:order:1',
      'app:leaderboard:{points}:operation:order:2',
    ]);
    const left = await redis.use((client) => client.pttl(keys[0]!));
    expect(left).toBeGreaterThan(23 * 60 * 60_000);
  });
});

describe('ties', () => {
  it.each(['highest-first', 'lowest-first'] as const)(
    'go to whoever reached the score first, %s',
    async (order) => {
      const board = await start({ ties: 'first-reached', order });
      await fill(board, { z: 5, a: 5, m: 5 });
      expect(members(await board.top(3))).toBe('z a m');
      // Reaching it again is later; reaching what one has is not.
      await board.increment('z', 1);
      await board.increment('z', -1);
      await board.add('a', 5);
      await board.increment('a', 0);
      expect(members(await board.top(3))).toBe('a m z');
      expect(await board.rank('z')).toBe(3);
      await board.remove('a');
      await board.add('a', 5);
      expect(members(await board.top(3))).toBe('m z a');
      expect(members(await board.around('z', 1))).toBe('m z a');
    },
  );

  it('take members that look like the digits before another', async () => {
    const board = await start({ ties: 'first-reached' });
    await board.add('x', 1);
    const [stored] = await redis.use((client) =>
      client.zrevrange('app:leaderboard:{points}:scores', 0, 0),
    );
    expect(stored).toMatch(/^\d{16}x$/);
    expect(await board.rank(stored!)).toBeUndefined();
    expect(await board.remove(stored!)).toBe(0);
    await board.add(stored!, 2);
    expect(await board.top(2)).toEqual([
      { member: stored, score: 2, rank: 1 },
      { member: 'x', score: 1, rank: 2 },
    ]);
  });

  it('go by member without the option, in the direction of the board', async () => {
    const board = await start();
    await fill(board, { b: 5, a: 5, c: 5 });
    expect(members(await board.top(3))).toBe('c b a');
  });
});
