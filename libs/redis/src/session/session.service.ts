import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { systemClock } from '../common/clock.js';
import { storedCookie } from './session-cookie.js';
import { sessionsNotConfigured } from './session.errors.js';
import { newSessionId } from './session-id.js';
import {
  SessionLifeCycle,
  loginAttributes,
  ownKeys,
  type LoggedInSession,
  type LoginOptions,
} from './session-life-cycle.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { RedisSessionStore } from './session.store.js';
import { SESSION_OPTIONS } from './session.tokens.js';
import { SessionTransport } from './session-transport.js';
import type { SessionAttributes, SessionRecord } from './session.types.js';

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
   * @throws SessionValueError, SessionUndeliverableError
   */
  async login(
    request: Request,
    userId: string,
    options: LoginOptions = {},
  ): Promise<LoggedInSession> {
    return this.#lifeCycle.login(request, userId, options);
  }

  /**
   * Gives the session a new id and keeps all else, also what parallel requests change: after a change of
   * rights, or now and then. The absolute timeout goes on counting.
   *
   * @throws SessionEndedError (401) when there is no stored session, or it ended meanwhile
   */
  async rotate(request: Request): Promise<LoggedInSession> {
    return this.#lifeCycle.rotate(request);
  }

  /**
   * To be called when the user has proved again who they are (password, second factor): a new id,
   * `authTime` is now, and the absolute timeout begins anew (NIST SP 800-63B-4, section 5.2).
   *
   * @throws SessionEndedError (401) when nobody is logged in, or the session ended meanwhile
   */
  async reauthenticated(request: Request): Promise<LoggedInSession> {
    return this.#lifeCycle.reauthenticated(request);
  }

  /**
   * Ends the session on the server and clears its cookie. `req.session` is undefined from then on.
   * While Redis is down it fails and leaves the cookie, so that the user can try again.
   */
  async logout(request: Request): Promise<void> {
    return this.#lifeCycle.logout(request);
  }

  /** Stores a session that no request began. `cookieFor(id)` makes it a browser's. */
  async create({ userId, data = {} }: NewSession = {}): Promise<CreatedSession> {
    const id = newSessionId();
    const now = systemClock.now();
    const attributes = userId === undefined ? ownKeys(data) : loginAttributes(userId, data, now);
    const cookie = storedCookie(this.#options, now);
    await this.#sessions.create(id, { cookie, $meta: { createdAt: now }, ...attributes });
    return { id, userId };
  }

  /** The session's own keys, or undefined when there is none. Looking is not activity: nothing is renewed. */
  async find(id: string): Promise<SessionAttributes | undefined> {
    const found = await this.#sessions.load(id);
    if (!found) return undefined;
    const { cookie: _, $meta: __, ...attributes } = found.record;
    return attributes;
  }

  /** Sets one key and keeps what parallel requests change; not activity. @returns false when there is no session */
  async setAttribute(id: string, key: string, value: unknown): Promise<boolean> {
    const change = ownKeys({ [key]: value });
    return this.#sessions.update(id, (record) => ({ ...record, ...change }));
  }

  /** Removes one key; not activity. @returns false when there is no session */
  async removeAttribute(id: string, key: string): Promise<boolean> {
    ownKeys({ [key]: undefined });
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
    return `${this.#options.cookieName}=${encodeURIComponent(`s:${this.tokenFor(id)}`)}`;
  }

  /** What a bearer client sends for a session: `Authorization: Bearer <token>`. As secret as the id. */
  tokenFor(id: string): string {
    return new SessionTransport(this.#options).tokenOf(id);
  }

  get #options(): ResolvedSessionOptions {
    if (!this.configured) throw sessionsNotConfigured();
    return this.configured;
  }

  get #sessions(): RedisSessionStore['sessions'] {
    if (!this.configuredStore) throw sessionsNotConfigured();
    return this.configuredStore.sessions;
  }

  get #lifeCycle(): SessionLifeCycle {
    if (!this.configuredStore) throw sessionsNotConfigured();
    const transport = new SessionTransport(this.#options);
    return new SessionLifeCycle(this.configuredStore, transport, this.#options);
  }
}

function without({ cookie, ...rest }: SessionRecord, key: string): SessionRecord {
  return { cookie, ...Object.fromEntries(Object.entries(rest).filter(([name]) => name !== key)) };
}
