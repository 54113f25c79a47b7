import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import { systemClock } from '../common/clock.js';
import { SessionCommit } from './session-commit.js';
import {
  SessionUnavailableError,
  markSessionFailure,
  sessionsNotConfigured,
} from './session.errors.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { RedisSessionStore } from './session.store.js';
import { SESSION_OPTIONS } from './session.tokens.js';

/** What express-session puts its own functions over; kept to take it out again. */
type Untouched = Pick<Response, 'end' | 'writeHead'>;

/** The function that express-session hangs onto its store and leaves out of its types. */
interface SessionGenerator {
  generate(request: Request): void;
}

/**
 * express-session on the Redis store. `req.session` is what every Express user knows; beyond that,
 * a session is saved before the answer goes out, and while Redis is down public routes go on.
 *
 * While Redis is down, a request with a session cookie gets an empty session that is never stored
 * and sends no cookie. SessionGuard answers 503 for it, and so does a route that changes the session.
 */
@Injectable()
export class SessionMiddleware implements NestMiddleware {
  /** For `session.mount: false`: `app.use(app.get(SessionMiddleware).handler)`. */
  readonly handler: RequestHandler = (request, response, next) => this.use(request, response, next);
  #express: RequestHandler | undefined;

  constructor(
    @Inject(SESSION_OPTIONS) private readonly options: ResolvedSessionOptions | undefined,
    @Inject(RedisSessionStore) private readonly store: RedisSessionStore | undefined,
  ) {}

  use(request: Request, response: Response, next: NextFunction): void {
    if (request.session) return next();
    const { options, store } = this;
    if (!options || !store) throw sessionsNotConfigured();
    this.#express ??= expressSession(options, store);
    const untouched: Untouched = {
      end: response.end.bind(response),
      writeHead: response.writeHead.bind(response),
    };
    let isLoaded = false;
    this.#express(request, response, (error?: unknown) => {
      // Called again when a save failed behind a streamed answer: the error is for the error handlers.
      if (isLoaded) return next(error);
      isLoaded = true;
      if (error instanceof SessionUnavailableError) {
        goOnWithout(error, request, response, untouched, store);
      } else if (error) {
        return next(error);
      }
      if (request.session) new SessionCommit(request, response, next, store, options).install();
      next();
    });
  }
}

function expressSession(options: ResolvedSessionOptions, store: RedisSessionStore): RequestHandler {
  const handler = session({
    store,
    name: options.cookieName,
    secret: [...options.secrets],
    cookie: { ...options.cookie },
    proxy: options.trustProxy,
    resave: false,
    saveUninitialized: false,
  });
  stampNewSessions(store);
  return handler;
}

/** Notes when a session began, before anything is compared: an empty new session is not a changed one. */
function stampNewSessions(store: RedisSessionStore): void {
  const generator = store as unknown as SessionGenerator;
  const generate = generator.generate.bind(store);
  generator.generate = (request) => {
    generate(request);
    request.session.$meta = { createdAt: systemClock.now() };
  };
}

/** Takes express-session out of this response, so that it neither sends a cookie nor saves. */
function goOnWithout(
  error: SessionUnavailableError,
  request: Request,
  response: Response,
  untouched: Untouched,
  store: RedisSessionStore,
): void {
  Object.assign(response, untouched);
  markSessionFailure(request, error);
  (store as unknown as SessionGenerator).generate(request);
}
