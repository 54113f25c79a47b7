import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
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
  type RotateOptions,
} from './session-life-cycle.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { RedisSessionStore } from './session.store.js';
import { SESSION_OPTIONS, SESSION_REPLICAS } from './session.tokens.js';
import type { ReplicaAcknowledgement } from './replica-acknowledgement.js';
import { SessionTransport } from './session-transport.js';
import type { SessionAttributes, SessionRecord } from './session.types.js';
import { handshakeCredentials } from './sockets/handshake.js';
import { SocketSession } from './sockets/socket-session.js';
import type { SessionInfo, UserExport } from './users/session-info.js';
import { UserSessions, attributesOf, type ListOptions } from './users/user-sessions.js';

/** What `SessionService.create` stores. */
export interface NewSession {
  /** Absent for an anonymous session. */
  readonly userId?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What `SessionService.create` stored. */
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
    @Inject(UserSessions) private readonly configuredUsers: UserSessions | undefined,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost | undefined,
    @Optional()
    @Inject(SESSION_REPLICAS)
    private readonly replicas?: ReplicaAcknowledgement,
  ) {}

  /**
   * Logs a user in: a new id (an id that an attacker planted or saw before is void), the keys of
   * `keep`, `userId` and `authTime`. Resolves when the session is stored, so a redirect may follow.
   *
   * @returns the new `req.session`; objects from before belong to the old one
   * @throws SessionValueError, SessionUndeliverableError; SessionLimitError (409) with the policy `refuse-newest`
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
   * @param options `grace`: how long requests that are under way with the old id still find the session
   * @throws SessionEndedError (401) when there is no stored session, or it ended meanwhile
   */
  async rotate(request: Request, options: RotateOptions = {}): Promise<LoggedInSession> {
    return this.#lifeCycle.rotate(request, options);
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
    return this.#durably(() => this.#lifeCycle.logout(request));
  }

  /** Stores a session that no request began. `cookieFor(id)` makes it a browser's. */
  async create({ userId, data = {} }: NewSession = {}): Promise<CreatedSession> {
    const id = newSessionId();
    const now = systemClock.now();
    const attributes = userId === undefined ? ownKeys(data) : loginAttributes(userId, data, now);
    const cookie = storedCookie(this.#options, now);
    const record = { cookie, $meta: { createdAt: now }, ...attributes };
    await this.#durably(() => this.#store.create(id, record));
    return { id, userId };
  }

  /**
   * The session's own keys, or undefined when there is none. Looking is not activity: nothing is renewed.
   *
   * @param idOrHandle a handle finds sessions of users only
   */
  async find(idOrHandle: string): Promise<SessionAttributes | undefined> {
    const name = await this.#users.nameOf(idOrHandle);
    const found = await (name === undefined
      ? this.#sessions.load(idOrHandle)
      : this.#sessions.loadNamed(name));
    return found && attributesOf(found.record);
  }

  /**
   * The sessions of a user, the last used first: a thousand at most (`session.perUser.max`), in two round trips for
   * the first hundred and one for each hundred more. Each is checked, so none is listed that has ended.
   *
   * @param request whose session is marked as the current one
   * @throws SessionValueError for a limit that is no whole number from 1
   */
  async list(userId: string, request?: Request, options?: ListOptions): Promise<SessionInfo[]> {
    return this.#users.list(userId, request?.session && request.sessionID, options);
  }

  /** How many sessions a user has; as much work as a `list` of all. */
  async count(userId: string): Promise<number> {
    return this.#users.count(userId);
  }

  /**
   * Ends one session of a list; requests that are still running cannot bring it back.
   *
   * @param owner `userId`: only a session of this user is ended. Give it wherever the handle comes from a user.
   * @returns false when there is no such session
   */
  async revoke(handle: string, owner: { readonly userId?: string } = {}): Promise<boolean> {
    return this.#durably(() => this.#users.revoke(handle, owner.userId));
  }

  /**
   * Ends all sessions of the request's user but the request's own, also those that the index had lost.
   *
   * @returns how many there were
   */
  async revokeOthers(request: Request): Promise<number> {
    return this.#durably(() => this.#lifeCycle.endOthers(request, this.#users));
  }

  /**
   * Ends all sessions of a user, also those that the index had lost: after a new password, or when the
   * account is closed.
   *
   * @returns how many there were
   */
  async revokeAll(userId: string): Promise<number> {
    return this.#durably(() => this.#users.revokeAll(userId));
  }

  /** All that is stored of a user's sessions, for a request by the user (GDPR, article 15). */
  async exportUser(userId: string): Promise<UserExport> {
    return this.#users.exportUser(userId);
  }

  /**
   * Ends all sessions of a user and deletes every key that was made for them. It reads every session there is, to
   * find those that the index had lost: for closing an account, not for a request path.
   *
   * @returns how many sessions there were
   */
  async purgeUser(userId: string): Promise<number> {
    return this.#users.purgeUser(userId);
  }

  /**
   * The session of a WebSocket handshake, for servers that answer upgrades themselves; gateways use
   * `SessionSockets.admit`. Looking renews nothing. Undefined where there is none.
   *
   * @throws HandshakeRefusedError (403) for a page of another site; SessionUnavailableError (503)
   */
  async fromHandshake(request: IncomingMessage): Promise<SocketSession | undefined> {
    const rules = { options: this.#options, host: this.host };
    for (const { id } of handshakeCredentials(request, rules)) {
      const found = await this.#sessions.load(id);
      if (found) return new SocketSession(found.id ?? id, found.record);
    }
    return undefined;
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
    return this.#store.renew(id);
  }

  /** Ends a session; a request that is still running cannot bring it back. @returns false when there was none */
  async destroy(id: string): Promise<boolean> {
    return this.#durably(() => this.#sessions.remove(id));
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

  get #store(): RedisSessionStore {
    if (!this.configuredStore) throw sessionsNotConfigured();
    return this.configuredStore;
  }

  get #sessions(): RedisSessionStore['sessions'] {
    return this.#store.sessions;
  }

  get #users(): UserSessions {
    if (!this.configuredUsers) throw sessionsNotConfigured();
    return this.configuredUsers;
  }

  get #lifeCycle(): SessionLifeCycle {
    const transport = new SessionTransport(this.#options);
    return new SessionLifeCycle(this.#store, transport, this.#options, this.replicas);
  }

  /** With `session.waitForReplicas`, once they have what the work wrote. */
  #durably<T>(work: () => Promise<T>): Promise<T> {
    return this.replicas ? this.replicas.after(work) : work();
  }
}

function without({ cookie, ...rest }: SessionRecord, key: string): SessionRecord {
  return { cookie, ...Object.fromEntries(Object.entries(rest).filter(([name]) => name !== key)) };
}
