import type { ServerResponse } from 'node:http';
import { RedisKitError } from '../common/errors.js';

const RETRY_AFTER_SECONDS = '5';

/**
 * The session store gave no usable answer: it is down, frozen, or a session changed faster than it
 * could be saved. Bears the signature of an HTTP error, so that Nest and Express answer 503.
 */
export class SessionUnavailableError extends RedisKitError {
  readonly status = 503;
  readonly statusCode = 503;
  readonly expose = true;
  readonly headers = { 'Retry-After': RETRY_AFTER_SECONDS };

  constructor(reason: string, options?: ErrorOptions) {
    super('SESSION_STORE_UNAVAILABLE', `The session store is unavailable: ${reason}`, options);
  }
}

/**
 * The user has as many sessions as `session.perUser.max` allows, and the policy is `refuse-newest`. Nest and
 * Express answer 409: the user may end one of the others and try again (RFC 9110, section 15.5.10).
 */
export class SessionLimitError extends RedisKitError {
  readonly status = 409;
  readonly statusCode = 409;
  readonly expose = true;

  /** @param max the sessions that a user may have */
  constructor(readonly max: number) {
    super(
      'SESSION_LIMIT_REACHED',
      `The user has ${max} sessions, the most that \`session.perUser.max\` allows. End one of them first.`,
    );
  }
}

/** A value in the session that JSON cannot hold, or a key that is not the application's. */
export class SessionValueError extends RedisKitError {
  constructor(problem: string, options?: ErrorOptions) {
    super('SESSION_VALUE_UNSUPPORTED', problem, options);
  }
}

/** A session beyond `session.maxBytes`. Nothing of this save is stored. */
export class SessionTooLargeError extends RedisKitError {
  constructor(bytes: number, maxBytes: number) {
    super(
      'SESSION_TOO_LARGE',
      `The session has ${bytes} bytes as JSON; \`session.maxBytes\` is ${maxBytes}. Keep large data under a ` +
        'key of its own and its id in the session, or raise the option.',
    );
  }
}

/** A new session whose id cannot reach the client, so nothing was stored. */
export class SessionUndeliverableError extends RedisKitError {
  constructor(reason: string) {
    super('SESSION_UNDELIVERABLE', `The session was not stored: ${reason}`);
  }
}

/** The session ended elsewhere while this request ran. Nest and Express answer 401. */
export class SessionEndedError extends RedisKitError {
  readonly status = 401;
  readonly statusCode = 401;
  readonly expose = true;

  constructor() {
    super('SESSION_ENDED', 'The session ended meanwhile: log in again.');
  }
}

/** True for an error that is the application's to see as it is, and no outage. */
export function isSessionFault(error: unknown): boolean {
  return (
    error instanceof SessionUnavailableError ||
    error instanceof SessionValueError ||
    error instanceof SessionTooLargeError ||
    error instanceof SessionEndedError
  );
}

export function sessionsNotConfigured(): RedisKitError {
  return new RedisKitError(
    'SESSIONS_NOT_CONFIGURED',
    'This application has no sessions. Add `session: { secret }` to RedisModule.forRoot().',
  );
}

export function sessionNotMounted(): RedisKitError {
  return new RedisKitError(
    'SESSION_NOT_MOUNTED',
    'This request has no session: the session middleware did not run for it, or the session was ' +
      'destroyed earlier in this request. With `session.mount: false`, call ' +
      '`app.use(app.get(SessionMiddleware).handler)` before the routes; the route must lie under ' +
      '`session.cookie.path`.',
  );
}

/** Tells the client when to come again, as 503 should (RFC 9110, section 10.2.3). */
export function announceRetry(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
}
