import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { getLeaderboardToken, RedisModule, type Leaderboard, type Ties } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const MOST = Number.MAX_SAFE_INTEGER;

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.start();
  const leaderboards = { member: {}, 'first-reached': { ties: 'first-reached' } } as const;
  app = await startApp(
    { connection: redis.url, structures: { deadline: '10s' } },
    { imports: [RedisModule.forFeature({ leaderboards })] },
  );
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

function boardOf(ties: Ties): Leaderboard {
  return app.get<Leaderboard>(getLeaderboardToken(ties));
}

describe.each(['member', 'first-reached'] as const)('a leaderboard with ties by %s', (ties) => {
  it.each([
    ['an empty member', (board: Leaderboard) => board.add('', 1)],
    ['a member that is no text', (board: Leaderboard) => board.add(7 as never, 1)],
    ['a member of 513 bytes', (board: Leaderboard) => board.rank('é'.repeat(257))],
    ['half a character', (board: Leaderboard) => board.add('\u{d83d}', 1)],
    ['NaN', (board: Leaderboard) => board.add('a', Number.NaN)],
    ['infinity', (board: Leaderboard) => board.increment('a', Infinity)],
    ['an unsafe integer', (board: Leaderboard) => board.add('a', MOST + 1)],
    ['a score that is text', (board: Leaderboard) => board.add('a', '1' as never)],
    ['a negative n', (board: Leaderboard) => board.top(-1)],
    ['half an n', (board: Leaderboard) => board.around('a', 1.5)],
    ['too large an n', (board: Leaderboard) => board.top(10_001)],
    ['page 0', (board: Leaderboard) => board.page(0)],
    ['an empty page', (board: Leaderboard) => board.page(1, 0)],
    ['a page past all numbers', (board: Leaderboard) => board.page(MOST, 10)],
    ['a limit that is no number', (board: Leaderboard) => board.count({ min: Number.NaN })],
    [
      'an operation with spaces',
      (board: Leaderboard) => board.increment('a', 1, { operation: 'a b' }),
    ],
    ['an unknown rule', (board: Leaderboard) => board.add('a', 1, { when: 'best' as never })],
    ['an archive without a name', (board: Leaderboard) => board.archive('')],
  ])('refuses %s', async (_what, call) => {
    const board = boardOf(ties);
    await expect(call(board)).rejects.toMatchObject({
      code: 'LEADERBOARD_INPUT_INVALID',
      message: expect.stringContaining(`leaderboard \`${ties}\``),
    });
    expect(await board.count()).toBe(0);
  });
});
