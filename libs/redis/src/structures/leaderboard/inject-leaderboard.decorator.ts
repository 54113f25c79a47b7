import { Inject } from '@nestjs/common';

/** Injection token of a leaderboard; `Symbol.for`, so that two copies of the package agree. */
export function getLeaderboardToken(name: string): symbol {
  return Symbol.for(`nestjs-redis-kit:leaderboard:${name}`);
}

/**
 * Injects a leaderboard: `@InjectLeaderboard('weekly') private readonly board: Leaderboard`.
 *
 * @param name a key of `leaderboards` in `RedisModule.forFeature`
 */
export function InjectLeaderboard(name: string): ParameterDecorator & PropertyDecorator {
  return Inject(getLeaderboardToken(name));
}
