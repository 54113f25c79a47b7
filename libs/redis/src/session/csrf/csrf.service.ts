import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { markPersonal } from '../../common/personal-answer.js';
import { isLazy } from '../lazy-session.js';
import { isFromOwnPage } from '../request-origin.js';
import { clearingOptions } from '../session-cookie.js';
import { announceRetry, sessionNotMounted, sessionsNotConfigured } from '../session.errors.js';
import { csrfRefused } from '../session.events.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import { deliveryOf, followedSession, sessionFailure } from '../session-request.js';
import { RedisSessionStore } from '../session.store.js';
import { SESSION_OPTIONS } from '../session.tokens.js';
import { cookieValues } from '../session-transport.js';
import { CsrfError, type CsrfReason } from './csrf.error.js';
import { CsrfTokens } from './csrf-tokens.js';

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
const VISITOR_BYTES = 18;
const VISITOR = /^[\w-]{24}$/;

const services = new WeakMap<object, CsrfService>();
/** Visitors who get their cookie with the answer to this request. */
const newVisitors = new WeakMap<object, string>();

/**
 * CSRF tokens, for what the guard and the decorator do not reach: a token after a login, a form whose body is parsed
 * late. A token is bound to the session, or for a visitor without one to a cookie of random bytes; neither
 * costs a command in Redis, and a login, a rotation and a logout end it with the session's id.
 */
@Injectable()
export class CsrfService {
  readonly #tokens: CsrfTokens | undefined;

  constructor(
    @Inject(SESSION_OPTIONS) private readonly configured: ResolvedSessionOptions | undefined,
    @Inject(RedisSessionStore) private readonly store: RedisSessionStore | undefined,
  ) {
    this.#tokens = configured && new CsrfTokens(configured.secrets);
    if (store) services.set(store, this);
  }

  /**
   * A token for a form or a script of this answer, each time another text. Makes the answer
   * `Cache-Control: no-store`, and keeps it out of CacheInterceptor's reach. A visitor without a session
   * gets a cookie with it, so call it before the head of the answer is out.
   *
   * After `login` or `rotate` in the same request it is one of the new session.
   */
  token(request: Request): string {
    if (!this.#tokens) throw sessionsNotConfigured();
    if (!request.sessionStore) throw sessionNotMounted();
    markPersonal(request);
    request.res?.setHeader('Cache-Control', 'no-store');
    const id = this.#sessionIdOf(request);
    if (id !== undefined) return this.#tokens.make({ kind: 'session', value: id });
    return this.#tokens.make({ kind: 'visitor', value: this.#greet(request) });
  }

  /**
   * Checks a request as CsrfGuard does. Safe methods pass, and so do requests whose session came by bearer token:
   * no browser adds that by itself.
   *
   * @throws CsrfError (403); SessionUnavailableError (503) when Redis gives no answer and the token is not the session's
   */
  verify(request: Request): void {
    if (SAFE.has(request.method)) return;
    if (!this.#tokens) throw sessionsNotConfigured();
    if (!request.sessionStore) throw sessionNotMounted();
    if (this.#isBearer(request)) return;
    if (!isFromOwnPage(request, this.#options)) {
      throw refused('origin', 'This request was sent by a page of another site.');
    }
    const token = this.#givenBy(request);
    if (token === undefined) throw refused('missing', this.#missing());
    if (this.#accepts(request, token)) return;
    const failure = sessionFailure(request);
    if (!failure) {
      const remedy = 'Load the page again and repeat what you did.';
      throw refused('invalid', `The CSRF token does not belong to this session. ${remedy}`);
    }
    if (request.res) announceRetry(request.res);
    throw failure;
  }

  #accepts(request: Request, token: string): boolean {
    const tokens = this.#tokens!;
    const id = this.#sessionIdOf(request);
    const ids = [id, followedSession(request)?.from].filter((one) => one !== undefined);
    if (ids.some((value) => tokens.matches(token, { kind: 'session', value }))) return true;
    // An anonymous session may have begun with the very page that the token was made for. A login ends that.
    const isAnonymous = isLazy(request) || !request.session?.userId;
    if (!isAnonymous || sessionFailure(request)) return false;
    const value = this.#visitorOf(request);
    return value !== undefined && tokens.matches(token, { kind: 'visitor', value });
  }

  /** Undefined where Redis has no session for this request. While Redis gives no answer, the id that it brought. */
  #sessionIdOf(request: Request): string | undefined {
    if (sessionFailure(request)) return deliveryOf(request)?.credential?.id;
    if (isLazy(request)) return undefined;
    const { session } = request;
    return session && this.store?.tracker.isStored(session) ? session.id : undefined;
  }

  #isBearer(request: Request): boolean {
    if (this.#options.transport === 'bearer') return true;
    return deliveryOf(request)?.credential?.carrier === 'bearer';
  }

  #givenBy(request: Request): string | undefined {
    const { header, field } = this.#options.csrf;
    const { [header]: inHeader } = request.headers;
    if (typeof inHeader === 'string') return inHeader;
    const body = request.body as Readonly<Record<string, unknown>> | null | undefined;
    if (field === false || typeof body !== 'object' || body === null) return undefined;
    const inBody = Object.hasOwn(body, field) ? body[field] : undefined;
    return typeof inBody === 'string' ? inBody : undefined;
  }

  /** The visitor's cookie. Two that differ are as good as none: a subdomain may have planted one. */
  #visitorOf({ headers }: Request): string | undefined {
    const values = cookieValues(headers.cookie ?? '', this.#options.csrf.cookieName);
    const [value, ...others] = new Set(values);
    return value !== undefined && others.length === 0 && VISITOR.test(value) ? value : undefined;
  }

  /** The visitor's cookie value; gives the visitor one where there is none. */
  #greet(request: Request): string {
    const known = newVisitors.get(request) ?? this.#visitorOf(request);
    if (known !== undefined) return known;
    const value = randomBytes(VISITOR_BYTES).toString('base64url');
    newVisitors.set(request, value);
    const attributes = { ...clearingOptions(this.#options, request), httpOnly: true };
    request.res?.cookie(this.#options.csrf.cookieName, value, attributes);
    return value;
  }

  #missing(): string {
    const { header, field } = this.#options.csrf;
    const places = field === false ? '' : `, or in the field \`${field}\` of the body`;
    return `This request lacks a CSRF token: send it in the header \`${header}\`${places}.`;
  }

  get #options(): ResolvedSessionOptions {
    if (!this.configured) throw sessionsNotConfigured();
    return this.configured;
  }
}

/** The service that belongs to the sessions of a request. @throws RedisKitError `SESSION_NOT_MOUNTED` */
export function csrfOf({ sessionStore }: Request): CsrfService {
  const service = sessionStore && services.get(sessionStore);
  if (!service) throw sessionNotMounted();
  return service;
}

function refused(reason: CsrfReason, message: string): CsrfError {
  csrfRefused.publish(() => ({ reason }));
  return new CsrfError(reason, message);
}
