import { promisify } from 'node:util';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import { systemClock, type Clock } from '../common/clock.js';
import { parseDuration, type Duration } from '../common/duration.js';
import { MARK_MS } from './end-mark.js';
import {
  SessionEndedError,
  SessionUnavailableError,
  SessionValueError,
  announceRetry,
  sessionNotMounted,
} from './session.errors.js';
import type { ReplicaAcknowledgement } from './replica-acknowledgement.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { FLASH_KEY } from './flash/flash-messages.js';
import {
  deliveryOf,
  followedSession,
  sessionFailure,
  sessionRequestOf,
} from './session-request.js';
import type { RedisSessionStore, Succession } from './session.store.js';
import type { SessionTransport } from './session-transport.js';
import { RESERVED_KEYS, type SessionRecord } from './session.types.js';
import type { UserSessions } from './users/user-sessions.js';

/** Options of `SessionService.login`. */
export interface LoginOptions {
  /** Keys of the anonymous session to carry over, such as the cart. Default none; flash messages always are. */
  readonly keep?: readonly string[];
  /** More keys to store with the login. They win over those of `keep`. */
  readonly data?: Readonly<Record<string, unknown>>;
  /**
   * True for a login that outlasts the browser: no idle timeout, and the end `session.rememberFor` after
   * the login in place of the absolute timeout. Default false.
   */
  readonly remember?: boolean;
  /**
   * How the client gets the session, where `session.transport` is `'both'`. Default: as the request
   * brought one, else the cookie.
   */
  readonly transport?: 'cookie' | 'bearer';
}

/** How `SessionService.rotate` gives a session a new id. */
export interface RotateOptions {
  /**
   * How long requests that are under way with the old id still find the session, at most `'30s'`. Default none: the
   * old id is void at once, as a change of rights needs. Give it where an id is only renewed now and then.
   */
  readonly grace?: Duration;
}

/** `req.session` after a login: a new object; those from before belong to the session that ended. */
export type LoggedInSession = Session & Partial<SessionData>;

/**
 * What changes who a session belongs to or which id it has. Each resolves when the session is stored, so
 * that a redirect may follow, and fails with `request.session` as it was.
 */
export class SessionLifeCycle {
  constructor(
    private readonly store: RedisSessionStore,
    private readonly transport: SessionTransport,
    private readonly options: ResolvedSessionOptions,
    private readonly replicas?: ReplicaAcknowledgement,
    private readonly clock: Clock = systemClock,
  ) {}

  async login(request: Request, userId: string, login: LoginOptions): Promise<LoggedInSession> {
    const { keep = [], data = {}, remember = false, transport } = login;
    requireMounted(request);
    // There is none after a logout in the same request.
    if (!request.session) this.store.generate(request);
    this.#useTransport(request, transport);
    keep.forEach(requireOwn);
    const now = this.clock.now();
    const attributes = loginAttributes(userId, data, now);
    const $meta = { createdAt: now, ...(remember && { remembered: true as const }) };
    return this.#succeed(request, {
      // What an earlier request left for the next page is for the same person at the same browser.
      build: (old) => ({ $meta, ...pick(old, [FLASH_KEY, ...keep]), ...attributes }),
      needsOld: false,
      ...(remember && { maxAgeMs: this.options.rememberForMs }),
    });
  }

  async rotate(request: Request, { grace }: RotateOptions): Promise<LoggedInSession> {
    const graceMs = grace === undefined ? undefined : graceOf(grace);
    // A request beside this one has done it already, and its answer has the new id.
    const followed = graceMs !== undefined && followedSession(request);
    if (followed && request.session?.id === followed.to) return request.session;
    try {
      return await this.#renew(request, { graceMs });
    } catch (error) {
      const isLate = graceMs !== undefined && error instanceof SessionEndedError;
      if (!isLate || !(await this.#hasSuccessor(request))) throw error;
      // It did so while this one was at it. What this request saves follows, and its cookie stays unsaid.
      this.store.tracker.ended(request.session);
      return request.session;
    }
  }

  async reauthenticated(request: Request): Promise<LoggedInSession> {
    requireMounted(request);
    if (!request.session?.userId) throw new SessionEndedError();
    const now = this.clock.now();
    return this.#renew(request, { authTime: now, createdAt: now });
  }

  async logout(request: Request): Promise<void> {
    requireMounted(request);
    const { session } = request;
    if (session) await inRequest(request, promisify(session.destroy.bind(session))());
    if (!request.res || this.options.transport === 'bearer') return;
    // The cookie beside a bearer token is that of another session, which lives on.
    if (deliveryOf(request)?.credential?.carrier !== 'bearer')
      this.transport.clear(request, request.res);
    sessionRequestOf(request).hasEnded = false;
    const { clearSiteData } = this.options;
    if (clearSiteData && !request.res.headersSent)
      request.res.setHeader('Clear-Site-Data', clearSiteData);
  }

  /** Ends the other sessions of the request's user. @returns how many there were */
  async endOthers(request: Request, users: Pick<UserSessions, 'revokeAll'>): Promise<number> {
    requireMounted(request);
    const { userId } = request.session ?? {};
    if (userId === undefined) return 0;
    return inRequest(request, users.revokeAll(userId, request.sessionID));
  }

  /** True where a rotation with a grace has given the session of the request another id. */
  async #hasSuccessor(request: Request): Promise<boolean> {
    const found = await inRequest(request, this.store.sessions.load(request.sessionID));
    return found?.id !== undefined;
  }

  /** The same session under a new id; `fresh` are the notes that begin anew. */
  async #renew(
    request: Request,
    {
      createdAt,
      authTime,
      graceMs,
    }: { createdAt?: number; authTime?: number; graceMs?: number | undefined },
  ): Promise<LoggedInSession> {
    requireMounted(request);
    if (!this.store.tracker.isStored(request.session)) throw new SessionEndedError();
    return this.#succeed(request, {
      build: (old) => ({
        ...old,
        ...(createdAt !== undefined && { $meta: { ...old.$meta, createdAt } }),
        ...(authTime !== undefined && { authTime }),
      }),
      needsOld: true,
      graceMs,
      maxAgeMs: request.session.cookie.originalMaxAge ?? null,
    });
  }

  async #succeed(request: Request, succession: Succession): Promise<LoggedInSession> {
    const succeed = (): Promise<void> => this.store.succeed(request, succession);
    const work = this.replicas ? this.#durably(request, succeed) : succeed();
    await inRequest(request, work);
    return request.session;
  }

  /** A session that a failover may lose is none: it ends here, and its id reaches nobody. */
  async #durably(request: Request, succeed: () => Promise<void>): Promise<void> {
    const old = request.session;
    try {
      await this.replicas!.after(succeed);
    } catch (error) {
      // Without the new one: `succeed` itself failed, and left all as it was.
      // A logout that fails too is not the news: the caller hears why the login did.
      if (request.session !== old) await this.logout(request).catch(() => undefined);
      throw error;
    }
  }

  #useTransport(request: Request, transport: LoginOptions['transport']): void {
    if (transport === undefined) return;
    if (this.options.transport !== 'both' && this.options.transport !== transport) {
      throw new SessionValueError(
        `This login asks for the transport '${transport}', but \`session.transport\` is ` +
          `'${this.options.transport}'. Set it to 'both'.`,
      );
    }
    // A session is made when first looked at, and with it the way it goes out.
    if (request.session) deliveryOf(request)?.use(transport);
  }
}

/** @throws SessionValueError for a user id or keys that cannot be stored */
export function loginAttributes(
  userId: string,
  data: Readonly<Record<string, unknown>>,
  now: number,
): Record<string, unknown> {
  if (typeof userId !== 'string' || userId === '') {
    throw new SessionValueError(`A userId must be text that is not empty; got ${typeof userId}.`);
  }
  return { ...ownKeys(data), userId, authTime: now };
}

/** @throws SessionValueError for a key that is not the application's */
export function ownKeys<T extends object>(data: T): T {
  Object.keys(data).forEach(requireOwn);
  return data;
}

function requireOwn(key: string): void {
  if (!RESERVED_KEYS.has(key)) return;
  throw new SessionValueError(
    `\`${key}\` is not a key of your own in a session. Choose another name.`,
  );
}

function pick(record: SessionRecord, keys: readonly string[]): Record<string, unknown> {
  const own = keys.filter((key) => Object.hasOwn(record, key));
  return Object.fromEntries(own.map((key) => [key, record[key]]));
}

function graceOf(grace: Duration): number {
  const ms = parseDuration(grace, 'grace');
  if (ms <= MARK_MS) return ms;
  throw new SessionValueError(`The grace of a rotation is at most ${MARK_MS} ms; got ${ms} ms.`);
}

function requireMounted(request: Request): void {
  if (!request.sessionStore) throw sessionNotMounted();
  const failure = sessionFailure(request);
  if (failure) throw announced(request, failure);
}

async function inRequest<T>(request: Request, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof SessionUnavailableError ? announced(request, error) : error;
  }
}

function announced(request: Request, error: SessionUnavailableError): SessionUnavailableError {
  if (request.res) announceRetry(request.res);
  return error;
}
