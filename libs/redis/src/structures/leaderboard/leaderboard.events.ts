import { EventChannel } from '../../diagnostics/channels.js';

/** A leaderboard changed, or was asked to and did not. Members are not told. */
export interface LeaderboardChangeEvent {
  readonly leaderboard: string;
  /** Undefined for a board without seasons. */
  readonly season: string | undefined;
  readonly operation: 'add' | 'increment' | 'remove' | 'reset' | 'archive';
  /** `repeated`: an operation id that was used before. `unchanged`: the score was that already, or better. */
  readonly outcome: 'changed' | 'unchanged' | 'repeated' | 'refused';
}

export const leaderboardChange = new EventChannel<LeaderboardChangeEvent>(
  'nestjs-redis-kit:leaderboard:change',
);
