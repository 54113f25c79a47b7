import { Background } from '../common/background.js';
import { systemClock } from '../common/clock.js';
import { breakerChanged } from '../connection/connection.events.js';
import { pingAny } from '../connection/ping-any.js';
import type { RedisClient } from '../connection/redis-client.js';
import { AllSessions } from './all-sessions.js';
import { ExpirySchedule } from './expiry/expiry-schedule.js';
import { SessionBreaker } from './session-breaker.js';
import type { SessionEvents } from './session-events.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { SessionRepository } from './session-repository.js';
import { RedisSessionStore } from './session.store.js';
import { SessionBeginnings } from './users/session-beginnings.js';
import { SessionEntry } from './users/session-entry.js';
import { SessionRegistry } from './users/session-registry.js';
import { SessionRisks } from './users/session-risks.js';
import { UserEpochs } from './users/user-epochs.js';
import { UserIndex } from './users/user-index.js';
import { SessionIndexKeys } from './users/user-keys.js';
import { UserSessions } from './users/user-sessions.js';

/** Everything that keeps sessions, put together once per module. */
export interface SessionParts {
  readonly store: RedisSessionStore;
  readonly users: UserSessions;
  readonly schedule: ExpirySchedule | undefined;
  readonly keys: SessionIndexKeys;
  readonly breaker: SessionBreaker;
  /** Work that no request waits for. */
  readonly background: Background;
}

/** Sends nothing. @param client asked for at each command, since it may not be there yet */
export function createSessionParts(
  client: () => RedisClient,
  options: ResolvedSessionOptions,
  events: SessionEvents,
): SessionParts {
  const keys = new SessionIndexKeys(options.prefix);
  const index = new UserIndex(client, keys);
  const epochs = new UserEpochs(index);
  const schedule =
    options.sweepIntervalMs === undefined ? undefined : new ExpirySchedule(client, keys);
  const background = new Background();
  const risks = new SessionRisks(events);
  const registry = new SessionRegistry({ index, epochs, events, schedule, risks });
  const { connection } = options;
  const breaker = new SessionBreaker(
    () => pingAny(client()),
    (state) => breakerChanged.publish(() => ({ connection, use: 'session', state })),
  );
  const sessions = new SessionRepository(client, options, registry, systemClock, breaker);
  const everything = new AllSessions({ client, sessions, options, breaker });
  const entry = new SessionEntry({ index, epochs, sessions, options, background, breaker });
  const beginnings = new SessionBeginnings({
    entry,
    index,
    registry,
    background,
    events,
    risks,
    schedule,
    options,
    breaker,
  });
  const store = new RedisSessionStore(sessions, beginnings, everything, options);
  const users = new UserSessions({ index, epochs, sessions, everything, options, breaker });
  return { store, users, schedule, keys, breaker, background };
}
