import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import { systemClock, type Clock } from '../common/clock.js';
import type { AllSessions } from './all-sessions.js';
import { allDone, done, orElse, settle, type Callback } from './callback.js';
import { newSession, storedSession } from './request-session.js';
import { applyCookieOptions, cookieOptions } from './session-cookie.js';
import { SessionEndedError, type SessionUnavailableError } from './session.errors.js';
import { sessionLoaded } from './session.events.js';
import { handleOf, newSessionId } from './session-id.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { serializeSession, storableJson } from './session-record.js';
import type { SessionLookup } from './session-lookup.js';
import type { SessionRepository } from './session-repository.js';
import { deliveryProblem, isNoTouch, noted, sessionFailure } from './session-request.js';
import { SessionTracker, recordIn } from './session-tracker.js';
import type { SessionRecord } from './session.types.js';
import type { SessionBeginnings } from './users/session-beginnings.js';
import { userOf } from './users/session-registry.js';

/** What a session of an id becomes under a new one. */
export interface Succession {
  /** The attributes and notes of the new session, from the old one as it is stored at that moment; its cookie is new. */
  readonly build: (old: SessionRecord) => Readonly<Record<string, unknown>>;
  /** True when nothing may follow a session that ended meanwhile. */
  readonly needsOld: boolean;
  /** How long requests under way with the old id find the new session; undefined for not at all. */
  readonly graceMs?: number | undefined;
  /** Milliseconds for a cookie that outlasts the browser; undefined for the cookie as configured; null to keep it. */
  readonly maxAgeMs?: number | null;
}

/**
 * Sessions in the wire format of connect-redis (`sess:<id>`, JSON, a TTL), so plain express-session
 * applications share them. Unlike theirs:
 * - the expiry is pushed out once per tenth of the idle time, and no answer waits for it
 * - a save is a compare-and-set (write-session-2): changes of parallel requests are merged, and a
 *   session that was destroyed meanwhile stays destroyed
 * - corrupt data is an absent session and an event, never an error on every request
 * - every operation ends within `deadline`, if need be with a SessionUnavailableError
 */
export class RedisSessionStore extends RedisStore {
  readonly tracker: SessionTracker;
  readonly #reconfigured = new WeakSet<object>();
  /** Names of the stored sessions whose place new ones take. */
  readonly #replaced = new WeakMap<object, string>();

  constructor(
    readonly sessions: SessionRepository,
    readonly beginnings: SessionBeginnings,
    private readonly everything: AllSessions,
    private readonly options: ResolvedSessionOptions,
    private readonly clock: Clock = systemClock,
  ) {
    // The base class keeps the prefix and the TTL; no command is sent by it.
    super({ client: {}, prefix: options.prefix, ttl: Math.ceil(options.idleTimeoutMs / 1000) });
    this.tracker = new SessionTracker(options, clock);
  }

  override get(id: string, callback?: Callback<SessionData | null>): Promise<SessionData | null> {
    const found = this.lookUp(id).then((one) => (one.kind === 'found' ? asData(one.record) : null));
    return settle(found, callback);
  }

  /** Saves the session's changes. One that ended meanwhile stays ended: an event, not an error. */
  override set(id: string, session: SessionData, callback?: Callback): Promise<void> {
    if (this.tracker.isSaved(session)) return done(callback);
    return settle(this.#save(id, session), callback);
  }

  /** Sends a command only where nothing has seen to the expiry for a while. */
  override touch(id: string, session: SessionData, callback?: Callback): Promise<void> {
    if (this.tracker.isFresh(session) || failureOf(session)) return done(callback);
    return settle(this.renew(id, asRecord(session)).then(ignore), callback);
  }

  /** Gives the session its full idle time again. @returns false when there is no such session */
  async renew(id: string, record?: SessionRecord): Promise<boolean> {
    const renewed = record ?? (await this.sessions.load(id))?.record;
    const isAlive = renewed !== undefined && (await this.sessions.renew(id, renewed));
    if (isAlive) this.beginnings.refresh(id, renewed);
    else if (record) this.tracker.ended(record);
    return isAlive;
  }

  override destroy(id: string, callback?: Callback): Promise<void> {
    return settle(this.sessions.remove(id).then(ignore), callback);
  }

  /** A new session in place of the request's own, which ends first. */
  override regenerate(request: Request, callback: Callback): void {
    const replaces = this.sessions.nameOf(request.sessionID);
    const failure = sessionFailure(request);
    const removed = failure
      ? Promise.reject<boolean>(failure)
      : this.sessions.remove(request.sessionID, { kind: 'replaced' });
    void settle(removed, (error, wasStored) => {
      this.generate(request);
      if (wasStored) this.#replaced.set(request.session, replaces);
      callback(error);
    });
  }

  /** Stores a session that no request began. */
  async create(id: string, record: SessionRecord): Promise<void> {
    const prepared = await this.beginnings.prepare(id, record, {});
    await prepared.saving(this.sessions.create(id, prepared.record));
  }

  /** express-session's way to an empty new session: `request.session`, stored once it holds something. */
  generate(request: Request): void {
    request.sessionID = newSessionId();
    const fresh = newSession(request, cookieOptions(this.options, request));
    fresh.$meta = { createdAt: this.clock.now() };
    request.session = fresh;
  }

  /** express-session's way from stored data to `req.session`: the configured cookie options win. */
  override createSession(request: Request, data: SessionData): Session & SessionData {
    const isChanged = applyCookieOptions(data.cookie, this.options, request);
    data.$meta ??= { createdAt: this.clock.now() };
    const created = storedSession(request, data);
    request.session = created;
    this.tracker.became(data, created);
    this.beginnings.used(request, request.sessionID, asRecord(data));
    if (isChanged) this.#reconfigured.add(created);
    return created;
  }

  /** As `get`, and tells whether an id without a session is dead for good. */
  async lookUp(id: string): Promise<SessionLookup> {
    const found = await this.sessions.lookUp(id);
    if (found.kind === 'none') return found;
    this.tracker.loaded(found);
    sessionLoaded.publish(() => ({ handle: handleOf(found.id ?? id), isDue: found.isDue }));
    return found;
  }

  /** True when the session was stored with other cookie options than those that are configured. */
  isReconfigured(session: object): boolean {
    return this.#reconfigured.has(session);
  }

  /**
   * Gives the request's session a new id: stores the new one, then ends the old one.
   *
   * @throws SessionEndedError, SessionLimitError, SessionUnavailableError; `request.session` is then the old one
   */
  async succeed(
    request: Request,
    { build, needsOld, graceMs, maxAgeMs }: Succession,
  ): Promise<void> {
    const old = request.session;
    const failure = failureOf(old);
    if (failure) throw failure;
    const known = this.tracker.snapshotOf(old);
    const mine = recordIn(storableJson(old));
    this.generate(request);
    const next = request.session;
    // Null is a cookie until the browser closes; the types of express-session do not know it.
    if (maxAgeMs !== undefined) next.cookie.maxAge = maxAgeMs as number;
    try {
      const problem = deliveryProblem(request);
      if (problem) throw problem;
      const { cookie } = recordIn(serializeSession(next));
      const contentOf = (theirs?: SessionRecord): SessionRecord => {
        const { tracker } = this;
        const latest = theirs ? tracker.merge(known, mine, theirs) : tracker.rebased(known, mine);
        const { cookie: _, ...content } = build(latest);
        return { cookie, ...content };
      };
      await this.#move(old, next, { contentOf, needsOld, graceMs });
    } catch (error) {
      request.sessionID = old.id;
      request.session = old;
      throw noted(request, error);
    }
  }

  /** Enters the new session into the index, stores it, and ends the old one. */
  async #move(
    old: Request['session'],
    next: Request['session'],
    how: Pick<Succession, 'needsOld' | 'graceMs'> & {
      readonly contentOf: (theirs?: SessionRecord) => SessionRecord;
    },
  ): Promise<void> {
    const known = this.tracker.snapshotOf(old);
    const { beginnings } = this;
    const restore = (wasScheduled: boolean | undefined): void => {
      if (known) beginnings.restore(old.id, recordIn(known.base), wasScheduled);
    };
    const context = {
      request: requestOf(next),
      replaces: known && this.sessions.nameOf(old.id),
    };
    const prepared = await orElse(beginnings.prepare(next.id, how.contentOf(), context), () =>
      restore(false),
    );
    const { $meta } = prepared.record;
    const move = this.sessions.move({
      from: old.id,
      lastSeen: known?.stored,
      to: next.id,
      needsOld: how.needsOld,
      graceMs: how.graceMs,
      build: (theirs) => ({ ...how.contentOf(theirs), ...($meta && { $meta }) }),
    });
    const leaving = known && beginnings.leave(old.id, recordIn(known.base));
    const moved = allDone([prepared.saving(move), leaving]);
    const [{ record, json, stored }] = await orElse(moved, async () => restore(await leaving));
    const { cookie: _, ...content } = record;
    Object.assign(next, content);
    this.tracker.saved(next, json, { stored, userId: userOf(record) });
  }

  override ids(callback?: Callback<string[]>): Promise<string[]> {
    return settle(this.everything.ids(), callback);
  }

  override length(callback?: Callback<number>): Promise<number> {
    const length = this.everything.ids().then((ids) => ids.length);
    return settle(length, callback);
  }

  /** All sessions, each with its `id`; corrupt entries are left out. */
  override all(callback?: Callback<SessionData[]>): Promise<SessionData[]> {
    const all = this.everything.all();
    return settle(
      all.then((found) => [...found].map(([id, record]) => ({ ...asData(record), id }))),
      callback,
    );
  }

  override clear(callback?: Callback): Promise<void> {
    return settle(this.everything.clear(), callback);
  }

  /** Takes the session's state at once: while the write is on its way the handler may go on changing it. */
  async #save(id: string, session: SessionData): Promise<void> {
    const failure = failureOf(session);
    if (failure) throw failure;
    const json = storableJson(session);
    const { tracker } = this;
    const known = tracker.snapshotOf(session);
    const request = requestOf(session);
    const problem = !known && request && deliveryProblem(request);
    if (problem) throw problem;
    try {
      const record = recordIn(json);
      const prepared = await this.beginnings.prepare(id, record, {
        before: known && { userId: known.userId },
        request,
        replaces: this.#replaced.get(session),
      });
      const mine = prepared.record;
      if (mine.$meta) session.$meta = mine.$meta;
      // Mostly nothing comes between, and the JSON from above is what it is all about.
      const mineJson = mine === record ? json : serializeSession(mine);
      const rebased = tracker.rebased(known, mine);
      const saved = this.sessions.save({
        id,
        lastSeen: known?.stored,
        record: mine,
        json: rebased === mine ? mineJson : serializeSession(rebased),
        merge: (theirs) => tracker.merge(known, mine, theirs),
        keepsExpiry: request !== undefined && isNoTouch(request),
      });
      const result = await prepared.saving(saved);
      if (result.kind === 'gone' && !known) throw new SessionEndedError();
      // In both cases the client has what is right for it already.
      if (result.kind === 'gone' || result.isFollowed) tracker.ended(session);
      const now = result.kind === 'saved' ? result : {};
      tracker.saved(session, mineJson, { ...now, userId: userOf(mine) });
    } catch (error) {
      throw noted(request, error);
    }
  }
}

const ignore = (): void => undefined;

/** express-session gives every session a hidden `req`. */
function requestOf(session: SessionData): Request | undefined {
  return (session as { req?: Request }).req;
}

function failureOf(session: SessionData): SessionUnavailableError | undefined {
  const request = requestOf(session);
  return request && sessionFailure(request);
}

function asRecord(session: SessionData): SessionRecord {
  return session as unknown as SessionRecord;
}

function asData(record: SessionRecord): SessionData {
  return record as unknown as SessionData;
}
