import { parseDuration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';
import type {
  ResolvedSessionsPerUser,
  SessionOptions,
  SessionsPerUserOptions,
} from './session.options.js';

/** The index of a user is read as a whole at each login, so it stays small. */
const MOST_SESSIONS = 1000;
const LONGEST_INTERVAL_MS = 24 * 60 * 60 * 1000;

export function resolvePerUser({
  max = MOST_SESSIONS,
  policy = 'drop-oldest',
  device = true,
}: SessionsPerUserOptions): ResolvedSessionsPerUser {
  if (!Number.isInteger(max) || max < 1 || max > MOST_SESSIONS) {
    throw new ConfigurationError(
      'session.perUser.max',
      max,
      `Give a whole number from 1 to ${MOST_SESSIONS}.`,
    );
  }
  if (policy !== 'drop-oldest' && policy !== 'refuse-newest') {
    throw new ConfigurationError(
      'session.perUser.policy',
      policy,
      "Give 'drop-oldest' or 'refuse-newest'.",
    );
  }
  return { max, policy, device };
}

/** @returns undefined where nobody wants to know */
export function resolveSweepInterval(
  expiryEvents: NonNullable<SessionOptions['expiryEvents']>,
): number | undefined {
  if (expiryEvents === false) return undefined;
  const { interval = '10s' } = expiryEvents === true ? {} : expiryEvents;
  const intervalMs = parseDuration(interval, 'session.expiryEvents.interval');
  if (intervalMs <= LONGEST_INTERVAL_MS) return intervalMs;
  throw new ConfigurationError(
    'session.expiryEvents.interval',
    interval,
    "Give a day at most, such as '10s'.",
  );
}
