// The one place where the session tests name the library.
export { resolveSessionOptions } from '../../libs/redis/src/session/resolve-session-options.js';
export type { SessionOptions } from '../../libs/redis/src/session/session.options.js';
export { SESSION_CLIENT, SESSION_OPTIONS } from '../../libs/redis/src/session/session.tokens.js';
export {
  SESSION_EXPORTS,
  sessionProviders,
} from '../../libs/redis/src/session/session.providers.js';
export { handleOf } from '../../libs/redis/src/session/session-id.js';
export { SessionMiddleware } from '../../libs/redis/src/session/session.middleware.js';
export { SessionEvents } from '../../libs/redis/src/session/session-events.js';
export { SessionService } from '../../libs/redis/src/session/session.service.js';
export { RedisSessionStore } from '../../libs/redis/src/session/session.store.js';
export { SessionGuard } from '../../libs/redis/src/session/session.guard.js';
export { NoTouch } from '../../libs/redis/src/session/no-touch.decorator.js';
export { RequiresRecentLogin } from '../../libs/redis/src/session/requires-recent-login.decorator.js';
export { mergeCounter, mergeCounts, mergeList } from '../../libs/redis/src/session/mergers.js';
export { Public } from '../../libs/redis/src/session/public.decorator.js';
export { Session } from '../../libs/redis/src/session/session.decorator.js';
export { CurrentUser } from '../../libs/redis/src/session/current-user.decorator.js';
export {
  sessionCorrupt,
  sessionLarge,
  sessionLife,
  sessionRefused,
} from '../../libs/redis/src/session/session.events.js';
export { ExpirySchedule } from '../../libs/redis/src/session/expiry/expiry-schedule.js';
export { SessionIndexKeys } from '../../libs/redis/src/session/users/user-keys.js';
