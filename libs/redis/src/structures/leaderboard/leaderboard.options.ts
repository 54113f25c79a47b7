import { parseDuration, type Duration } from '../../common/duration.js';
import { ConfigurationError } from '../../common/errors.js';
import { SEASONS, type SeasonName, type SeasonOf } from './season.js';

/** Who stands first. */
export type BoardOrder = 'highest-first' | 'lowest-first';

/**
 * Who stands first of equal scores: whoever reached the score first, or by the bytes of the member
 * (in the direction of the board: `highest-first` puts `b` before `a`).
 */
export type Ties = 'first-reached' | 'member';

/** One leaderboard of `RedisModule.forFeature({ leaderboards })`. */
export interface LeaderboardOptions {
  /** Default `highest-first`. `lowest-first` is for times and errors. */
  readonly order?: BoardOrder;
  /**
   * Default `member`, one sorted set. `first-reached` costs a hash beside it, about twice the memory.
   * A board that holds members must not be changed from one to the other.
   */
  readonly ties?: Ties;
  /** A new board each day, week or month (UTC), or by a function of your own. Default: one board without end. */
  readonly season?: SeasonName | SeasonOf;
  /** How long a season stays after its end. Default 30 days. Only with `season`. */
  readonly keep?: Duration;
  /** How long an operation id is remembered. Default 1 day. */
  readonly rememberOperations?: Duration;
}

export interface ResolvedLeaderboard {
  readonly name: string;
  readonly order: BoardOrder;
  readonly ties: Ties;
  readonly season: SeasonOf | undefined;
  readonly keepMs: number;
  readonly operationMs: number;
}

/** @throws ConfigurationError */
export function resolveLeaderboard(name: string, options: LeaderboardOptions): ResolvedLeaderboard {
  const path = `leaderboards.${name}`;
  const { order = 'highest-first', ties = 'member', season } = options;
  oneOf(`${path}.order`, order, ['highest-first', 'lowest-first']);
  oneOf(`${path}.ties`, ties, ['first-reached', 'member']);
  if (options.keep !== undefined && season === undefined)
    throw new ConfigurationError(
      `${path}.keep`,
      options.keep,
      'It needs `season`: a board without seasons stays.',
    );
  return {
    name,
    order,
    ties,
    season: season === undefined ? undefined : resolveSeason(`${path}.season`, season),
    keepMs: parseDuration(options.keep ?? '30d', `${path}.keep`),
    operationMs: parseDuration(options.rememberOperations ?? '1d', `${path}.rememberOperations`),
  };
}

function resolveSeason(path: string, season: SeasonName | SeasonOf): SeasonOf {
  if (typeof season === 'function') return season;
  oneOf(path, season, Object.keys(SEASONS));
  return SEASONS[season];
}

function oneOf(path: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value))
    throw new ConfigurationError(path, value, `Give one of ${allowed.map(String).join(', ')}.`);
}
