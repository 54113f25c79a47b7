import { promisify } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import { systemClock } from '../common/clock.js';
import { cookieAttributes, signedId, storedCookie } from './session-cookie.js';
import {
  SessionUnavailableError,
  SessionValueError,
  announceRetry,
  sessionFailure,
  sessionNotMounted,
  sessionsNotConfigured,
} from './session.errors.js';
import { newSessionId } from './session-id.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { RedisSessionStore } from './session.store.js';
import { SESSION_OPTIONS } from './session.tokens.js';
import { RESERVED_KEYS, type SessionAttributes, type SessionRecord } from './session.types.js';

export interface LoginOptions {
  /** Keys of the anonymous session to carry over, such as the cart. Default none. */
  readonly keep?: readonly string[];
  /** More keys to store with the login. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface NewSession {
  /** Absent for an anonymous session. */
  readonly userId?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface CreatedSession {
  /** The secret part of the cookie: whoever has it is the user. */
  readonly id: string;
  readonly userId: string | undefined;
}

/**
 * Sessions in promises: login and logout in a request, and sessions by id for jobs, gateways and other
 * services. Every method may fail with SessionUnavailableError, which Nest answers with 503.
 */
@Injectable()
export class SessionService {
  constructor(
    @Inject(SESSION_OPTIONS) private readonly configured: ResolvedSessionOptions | undefined,
    @Inject(RedisSessionStore) private readonly configuredStore: RedisSessionStore | undefined,
  ) {}

  /**
   * Logs a user in: a new id (an id that an attacker planted or saw before is void), the keys of
   * `keep`, `userId` and `authTime`. Resolves when the session is stored, so a redirect may follow.
   *
   * @returns the new `req.session`; objects from before belong to the old one
   */
  async login(
    request: Request,
    userId: string,
    { keep = [], data = {} }: LoginOptions = {},
  ): Promise<Session & Partial<SessionData>> {
    this.#requireMounted(request);
    const attributes = loginAttributes(userId, { ...pick(request.session, keep), ...data });
    await this.#inRequest(request, (done) => request.sessionStore.regenerate(request, done));
    Object.assign(request.session, attributes);
    await this.#inRequest(request, (done) => request.session.save(done));
    return request.session;
  }

  /**
   * Ends the session on the server and clears its cookie. `req.session` is undefined from then on.
   * While Redis is down it fails and leaves the cookie, so that the user can try again.
   */
  async logout(request: Request): Promise<void> {
    this.#requireMounted(request);
    if (request.session) await this.#inRequest(request, (done) => request.session.destroy(done));
    const { maxAge: _, ...attributes } = cookieAttributes(this.#options, request);
    request.res?.clearCookie(this.#options.cookieName, attributes);
  }

  /** Stores a session that no request began. `cookieFor(id)` makes it a browser's. */
  async create({ userId, data = {} }: NewSession = {}): Promise<CreatedSession> {
    const id = newSessionId();
    const attributes = userId === undefined ? allowed(data) : loginAttributes(userId, data);
    const now = systemClock.now();
    const cookie = storedCookie(this.#options, now);
    await this.#sessions.create(id, { cookie, $meta: { createdAt: now }, ...attributes });
    return { id, userId };
  }

  /** The session's own keys, or undefined when there is none. Looking is not activity: nothing is renewed. */
  async find(id: string): Promise<SessionAttributes | undefined> {
    const found = await this.#sessions.load(id, 'look');
    if (!found) return undefined;
    const { cookie: _, $meta: __, ...attributes } = found.record;
    return attributes;
  }

  /** Sets one key and keeps what parallel requests change; not activity. @returns false when there is no session */
  async setAttribute(id: string, key: string, value: unknown): Promise<boolean> {
    const change = allowed({ [key]: value });
    return this.#sessions.update(id, (record) => ({ ...record, ...change }));
  }

  /** Removes one key; not activity. @returns false when there is no session */
  async removeAttribute(id: string, key: string): Promise<boolean> {
    allowed({ [key]: undefined });
    return this.#sessions.update(id, (record) => without(record, key));
  }

  /** Counts as activity: the full idle time again, never past the absolute end. @returns false when there is no session */
  async touch(id: string): Promise<boolean> {
    return this.#sessions.renew(id);
  }

  /** Ends a session; a request that is still running cannot bring it back. @returns false when there was none */
  async destroy(id: string): Promise<boolean> {
    return this.#sessions.remove(id);
  }

  /** The signed cookie for a session as `name=value`, fit for a `Cookie` header. As secret as the id. */
  cookieFor(id: string): string {
    return `${this.#options.cookieName}=${encodeURIComponent(signedId(id, this.#options))}`;
  }

  get #options(): ResolvedSessionOptions {
    if (!this.configured) throw sessionsNotConfigured();
    return this.configured;
  }

  get #sessions(): RedisSessionStore['sessions'] {
    if (!this.configuredStore) throw sessionsNotConfigured();
    return this.configuredStore.sessions;
  }

  #requireMounted(request: Request): void {
    if (!this.configured) throw sessionsNotConfigured();
    if (!request.sessionStore) throw sessionNotMounted();
    const failure = sessionFailure(request);
    if (failure) throw this.#announced(request, failure);
  }

  async #inRequest(
    request: Request,
    work: (done: (error?: unknown) => void) => void,
  ): Promise<void> {
    try {
      await promisify(work)();
    } catch (error) {
      throw error instanceof SessionUnavailableError ? this.#announced(request, error) : error;
    }
  }

  #announced(request: Request, error: SessionUnavailableError): SessionUnavailableError {
    if (request.res) announceRetry(request.res);
    return error;
  }
}

function loginAttributes(
  userId: string,
  data: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (typeof userId !== 'string' || userId === '') {
    throw new SessionValueError(`A userId must be text that is not empty; got ${typeof userId}.`);
  }
  return { ...allowed(data), userId, authTime: systemClock.now() };
}

function allowed(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const reserved = Object.keys(data).find((key) => RESERVED_KEYS.has(key));
  if (reserved === undefined) return data;
  throw new SessionValueError(
    `\`${reserved}\` is not a key of your own in a session. Choose another name.`,
  );
}

function without({ cookie, ...rest }: SessionRecord, key: string): SessionRecord {
  return { cookie, ...Object.fromEntries(Object.entries(rest).filter(([name]) => name !== key)) };
}

function pick(session: object | undefined, keys: readonly string[]): Record<string, unknown> {
  const entries = Object.entries(session ?? {});
  return Object.fromEntries(entries.filter(([key]) => keys.includes(key)));
}
