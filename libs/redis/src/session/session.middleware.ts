import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { makeLazy, prepareRequest } from './lazy-session.js';
import { SessionCommit, type CommitRequest, type CommitTools } from './session-commit.js';
import { SessionUnavailableError, sessionsNotConfigured } from './session.errors.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { markSessionFailure, sessionRequestOf } from './session-request.js';
import { RedisSessionStore } from './session.store.js';
import { SESSION_OPTIONS } from './session.tokens.js';
import { SessionTransport, type Credential } from './session-transport.js';

/**
 * Sessions as express-session has them: `req.session`, `req.sessionID` and `req.sessionStore` are what
 * every Express user knows, made of its classes, with its cookie and its JSON. In place of its middleware,
 * which cannot wait: a session is saved before the answer goes out, and an anonymous request that never
 * looks at its session costs next to nothing.
 *
 * While Redis is down, a request with a session cookie gets an empty session that is never stored
 * and sends no cookie. SessionGuard answers 503 for it, and so does a route that changes the session.
 */
@Injectable()
export class SessionMiddleware implements NestMiddleware {
  /** For `session.mount: false`: `app.use(app.get(SessionMiddleware).handler)`. */
  readonly handler: RequestHandler = (request, response, next) => this.use(request, response, next);
  readonly #tools: CommitTools | undefined;

  constructor(
    @Inject(SESSION_OPTIONS) private readonly options: ResolvedSessionOptions | undefined,
    @Inject(RedisSessionStore) store: RedisSessionStore | undefined,
  ) {
    this.#tools = options && store && { store, transport: new SessionTransport(options) };
  }

  use(request: Request, response: Response, next: NextFunction): void {
    if (request.sessionStore || request.session) return next();
    const tools = this.#tools;
    if (!this.options || !tools) throw sessionsNotConfigured();
    if (!isUnder(this.options.cookie.path, request.originalUrl)) return next();
    prepareRequest(request);
    request.sessionStore = tools.store as unknown as Request['sessionStore'];
    const credentials = tools.transport.readAll(request);
    const credential = credentials[0];
    if (credential) {
      const commit = commitOf(tools, { request, response, next, credential, credentials });
      void this.#load(commit).then(
        () => process.nextTick(next),
        (error: unknown) => process.nextTick(next, error),
      );
      return;
    }
    makeLazy(request, (lazy) => {
      const commit = commitOf(tools, { request, response, next, credential, credentials });
      tools.store.generate(lazy);
      commit.install();
    });
    next();
  }

  async #load(commit: SessionCommit): Promise<void> {
    const { store } = commit.tools;
    const { request, credentials } = commit.one;
    try {
      // A cookie of another path or domain may come first, whose session has ended.
      for (const credential of credentials) {
        await this.#tryOne(credential, commit);
        if (commit.origin === 'found') break;
      }
    } catch (error) {
      if (!(error instanceof SessionUnavailableError)) throw error;
      commit.origin = 'unknown';
      markSessionFailure(request, error);
    }
    if (commit.origin !== 'found') makeLazy(request, (lazy) => store.generate(lazy));
    commit.install();
  }

  async #tryOne(credential: Credential, commit: SessionCommit): Promise<void> {
    const { store } = commit.tools;
    const { request } = commit.one;
    const found = await store.lookUp(credential.id);
    if (found.kind === 'none') {
      commit.origin = found.isDead ? 'dead' : 'ended';
      sessionRequestOf(request).ended = found.ended;
      return;
    }
    sessionRequestOf(request).ended = undefined;
    commit.origin = 'found';
    commit.one.credential = credential;
    if (found.id !== undefined)
      sessionRequestOf(request).followed = { from: credential.id, to: found.id };
    request.sessionID = found.id ?? credential.id;
    store.createSession(request, found.record as never);
  }
}

function commitOf(tools: CommitTools, one: CommitRequest): SessionCommit {
  const commit = new SessionCommit(tools, one);
  sessionRequestOf(one.request).delivery = commit;
  return commit;
}

/** Cookies match paths by whole segments (RFC 6265, section 5.1.4). */
function isUnder(path: string, url: string): boolean {
  if (path === '/') return true;
  const [wanted = '/'] = url.split(/[?#]/, 1);
  if (!wanted.startsWith(path)) return false;
  return path.endsWith('/') || wanted.length === path.length || wanted[path.length] === '/';
}
