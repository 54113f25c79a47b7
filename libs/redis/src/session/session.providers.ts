import { Logger, type Provider } from '@nestjs/common';
import type { RedisClient } from '../connection/redis-client.js';
import type { WatchedBreakers } from '../connection/watched-breakers.js';
import { CsrfGuard } from './csrf/csrf.guard.js';
import { CsrfService } from './csrf/csrf.service.js';
import { SessionBootCheck } from './session-boot.check.js';
import { createSessionParts, type SessionParts } from './create-session-store.js';
import { SessionEvents } from './session-events.js';
import { SessionGuard } from './session.guard.js';
import { SessionMiddleware } from './session.middleware.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { SessionService } from './session.service.js';
import { RedisSessionStore } from './session.store.js';
import { ReplicaAcknowledgement } from './replica-acknowledgement.js';
import {
  SESSION_CLIENT,
  SESSION_OPTIONS,
  SESSION_PARTS,
  SESSION_REPLICAS,
  SESSION_WAITING,
  SESSION_WATCHERS,
} from './session.tokens.js';
import { SessionLifecycle } from './session.lifecycle.js';
import { SessionSockets } from './sockets/session-sockets.js';
import { WsSessionGuard } from './sockets/ws-session.guard.js';
import { SessionIndexKeys } from './users/user-keys.js';
import { UserSessions } from './users/user-sessions.js';

/**
 * What the module adds for sessions. It needs `SESSION_OPTIONS` and `SESSION_CLIENT` beside it; where
 * these are undefined, the service and the guard say so when they are used.
 */
export function sessionProviders(): Provider[] {
  return [
    SessionEvents,
    {
      provide: SESSION_PARTS,
      inject: [
        SESSION_OPTIONS,
        SESSION_CLIENT,
        SessionEvents,
        { token: SESSION_WATCHERS, optional: true },
      ],
      useFactory: sessionParts,
    },
    {
      provide: RedisSessionStore,
      inject: [SESSION_PARTS],
      useFactory: (parts?: SessionParts) => parts?.store,
    },
    {
      provide: UserSessions,
      inject: [SESSION_PARTS],
      useFactory: (parts?: SessionParts) => parts?.users,
    },
    {
      provide: SESSION_REPLICAS,
      inject: [SESSION_OPTIONS, SESSION_CLIENT, { token: SESSION_WAITING, optional: true }],
      useFactory: acknowledgement,
    },
    SessionLifecycle,
    SessionMiddleware,
    SessionService,
    SessionGuard,
    CsrfService,
    CsrfGuard,
    SessionSockets,
    WsSessionGuard,
    SessionBootCheck,
  ];
}

function sessionParts(
  options: ResolvedSessionOptions | undefined,
  client: (() => RedisClient) | undefined,
  events: SessionEvents,
  watchers: WatchedBreakers | undefined,
): SessionParts | undefined {
  if (!options || !client) return undefined;
  const parts = createSessionParts(client, options, events);
  watchers?.add(options.connection, 'session', parts.breaker);
  return parts;
}

function acknowledgement(
  options: ResolvedSessionOptions | undefined,
  sessions: (() => RedisClient) | undefined,
  waiting: (() => RedisClient) | undefined,
): ReplicaAcknowledgement | undefined {
  if (!options?.waitForReplicas || !sessions || !waiting) return undefined;
  const logger = new Logger('RedisSession');
  const { waitForReplicas } = options;
  const onTooFew = (replicas: number): void =>
    logger.warn(tooFewReplicas(waitForReplicas.count, replicas));
  const channel = new SessionIndexKeys(options.prefix).wait;
  return new ReplicaAcknowledgement({ ...waitForReplicas, sessions, waiting, channel, onTooFew });
}

function tooFewReplicas(count: number, replicas: number): string {
  return replicas === 0
    ? '`session.waitForReplicas` waits for nobody: the Redis server has no replica.'
    : `\`session.waitForReplicas\` asks for ${count} replicas, and the Redis server has ${replicas}: ` +
        'logins and revocations get 503 until there are as many. Add replicas, or lower `count`.';
}

/** What applications inject, and what Nest builds in their modules (`@UseGuards(SessionGuard)`). */
export const SESSION_EXPORTS = [
  SESSION_OPTIONS,
  SessionEvents,
  RedisSessionStore,
  UserSessions,
  SessionMiddleware,
  SessionService,
  SessionGuard,
  CsrfService,
  CsrfGuard,
  SessionSockets,
  WsSessionGuard,
];
