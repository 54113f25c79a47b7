import type { Provider } from '@nestjs/common';
import type { RedisClient } from '../connection/redis-client.js';
import { SessionBootCheck } from './session-boot.check.js';
import { SessionGuard } from './session.guard.js';
import { SessionMiddleware } from './session.middleware.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { SessionRepository } from './session-repository.js';
import { SessionService } from './session.service.js';
import { RedisSessionStore } from './session.store.js';
import { SESSION_CLIENT, SESSION_OPTIONS } from './session.tokens.js';

/**
 * What the module adds for sessions. It needs `SESSION_OPTIONS` and `SESSION_CLIENT` beside it; where
 * these are undefined, the service and the guard say so when they are used.
 */
export function sessionProviders(): Provider[] {
  return [
    {
      provide: RedisSessionStore,
      inject: [SESSION_OPTIONS, SESSION_CLIENT],
      useFactory: (options?: ResolvedSessionOptions, client?: () => RedisClient) =>
        options && client && new RedisSessionStore(new SessionRepository(client, options), options),
    },
    SessionMiddleware,
    SessionService,
    SessionGuard,
    SessionBootCheck,
  ];
}

/** What applications inject, and what Nest builds in their modules (`@UseGuards(SessionGuard)`). */
export const SESSION_EXPORTS = [
  SESSION_OPTIONS,
  RedisSessionStore,
  SessionMiddleware,
  SessionService,
  SessionGuard,
];
