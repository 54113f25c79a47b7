import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import { systemClock, type Clock } from '../common/clock.js';
import { done, settle, type Callback } from './callback.js';
import { mergeSessions } from './merge.js';
import { applyCookieOptions } from './session-cookie.js';
import type { StoredBytes } from './session-commands.js';
import { SessionUnavailableError, markSessionFailure, sessionFailure } from './session.errors.js';
import { sessionLoaded } from './session.events.js';
import { handleOf } from './session-id.js';
import { idleTimeMs } from './session-lifetime.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { fingerprint, parseSession, serializeSession } from './session-record.js';
import type { SessionRepository } from './session-repository.js';
import type { SessionRecord } from './session.types.js';

/** What is known of a session object that was loaded or saved. */
interface Snapshot {
  /** The session as this object last saw or saved it: the base of a three-way merge. */
  readonly base: StoredBytes;
  /** What Redis then held: the same, or the merge of it with what others had saved. */
  readonly stored: StoredBytes;
  /** When the expiry in Redis was last looked after, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly isRenewed: boolean;
  /** The object's fingerprint when it was saved; undefined while it was only loaded. */
  readonly saved?: string;
}

/** A read renews below 90 % of the idle time; even with 100 %, `touch` in the same request is needless. */
const LEAST_FRESH_FRACTION = 0.05;

/**
 * Sessions in the wire format of connect-redis (`sess:<id>`, JSON, a TTL), so plain express-session
 * applications share them. Unlike theirs:
 * - a read also renews: one script (read-session-1), and `touch` then sends nothing
 * - a save is a compare-and-set (write-session-1): changes of parallel requests are merged, and a
 *   session that was destroyed meanwhile stays destroyed
 * - corrupt data is an absent session and an event, never an error on every request
 * - every operation ends within `deadline`, if need be with a SessionUnavailableError
 */
export class RedisSessionStore extends RedisStore {
  readonly #snapshots = new WeakMap<object, Snapshot>();

  constructor(
    readonly sessions: SessionRepository,
    private readonly options: ResolvedSessionOptions,
    private readonly clock: Clock = systemClock,
  ) {
    // The base class keeps the prefix and the TTL; no command is sent by it.
    super({ client: {}, prefix: options.prefix, ttl: Math.ceil(options.idleTimeoutMs / 1000) });
  }

  /** Reads a session for a request, which counts as activity. */
  override get(id: string, callback?: Callback<SessionData | null>): Promise<SessionData | null> {
    return settle(this.#load(id), callback);
  }

  /** Saves the session's changes. One that ended meanwhile stays ended: an event, not an error. */
  override set(id: string, session: SessionData, callback?: Callback): Promise<void> {
    if (this.#isSaved(session)) return done(callback);
    return settle(this.#save(id, session), callback);
  }

  /** Sends a command only where reading the session was too long ago to have seen to its expiry. */
  override touch(id: string, session: SessionData, callback?: Callback): Promise<void> {
    if (this.#isFresh(session) || failureOf(session)) return done(callback);
    return settle(ignoreResult(this.sessions.renew(id, asRecord(session))), callback);
  }

  override destroy(id: string, callback?: Callback): Promise<void> {
    return settle(ignoreResult(this.sessions.remove(id)), callback);
  }

  /** express-session's way from stored data to `req.session`: the configured cookie options win. */
  override createSession(request: Request, data: SessionData): Session & SessionData {
    applyCookieOptions(data.cookie, this.options, request);
    data.$meta ??= { createdAt: this.clock.now() };
    const session = super.createSession(request, data);
    const snapshot = this.#snapshots.get(data);
    if (snapshot) this.#snapshots.set(session, snapshot);
    return session;
  }

  /** True when loading the session pushed its expiry out, so that its cookie is due as well. */
  wasRenewed(session: object): boolean {
    return this.#snapshots.get(session)?.isRenewed ?? false;
  }

  override ids(callback?: Callback<string[]>): Promise<string[]> {
    return settle(this.sessions.ids(), callback);
  }

  override length(callback?: Callback<number>): Promise<number> {
    const ids = this.sessions.ids();
    return settle(
      ids.then(({ length }) => length),
      callback,
    );
  }

  /** All sessions, each with its `id`; corrupt entries are left out. */
  override all(callback?: Callback<SessionData[]>): Promise<SessionData[]> {
    const all = this.sessions.all();
    return settle(
      all.then((found) => [...found].map(([id, record]) => ({ ...asData(record), id }))),
      callback,
    );
  }

  override clear(callback?: Callback): Promise<void> {
    return settle(this.sessions.clear(), callback);
  }

  async #load(id: string): Promise<SessionData | null> {
    const loaded = await this.sessions.load(id, 'activity');
    if (!loaded) return null;
    const { record, stored, isRenewed } = loaded;
    sessionLoaded.publish(() => ({ handle: handleOf(id), isRenewed }));
    this.#snapshots.set(record, { base: stored, stored, at: this.clock.now(), isRenewed });
    return asData(record);
  }

  /** Takes the session's state at once: while the write is on its way the handler may go on changing it. */
  async #save(id: string, session: SessionData): Promise<void> {
    const failure = failureOf(session);
    if (failure) throw failure;
    const json = serializeSession(session);
    const saved = fingerprint(session);
    try {
      const stored = await this.#write(id, session, json);
      const isRenewed = this.wasRenewed(session);
      this.#snapshots.set(session, { base: json, stored, at: this.clock.now(), isRenewed, saved });
    } catch (error) {
      const request = requestOf(session);
      if (request && error instanceof SessionUnavailableError) markSessionFailure(request, error);
      throw error;
    }
  }

  async #write(id: string, session: SessionData, json: string): Promise<StoredBytes> {
    const known = this.#snapshots.get(session);
    const mine = JSON.parse(json) as SessionRecord;
    const merge = (theirs: SessionRecord): SessionRecord =>
      mergeSessions(known && recordIn(known.base), mine, theirs);
    // After a merge Redis holds keys of others that this object lacks: they must not be dropped.
    const isMerged = known !== undefined && known.base !== known.stored;
    const next = isMerged ? serializeSession(merge(recordIn(known.stored) ?? mine)) : json;
    const result = await this.sessions.save(id, known?.stored, mine, next, merge);
    return result.kind === 'saved' ? result.json : json;
  }

  #isSaved(session: SessionData): boolean {
    const saved = this.#snapshots.get(session)?.saved;
    if (saved === undefined || !this.#isFresh(session)) return false;
    try {
      return saved === fingerprint(session);
    } catch {
      return false; // Saving it will tell why.
    }
  }

  #isFresh(session: SessionData): boolean {
    const snapshot = this.#snapshots.get(session);
    if (!snapshot) return false;
    const fraction = Math.max(1 - this.options.renewBelow, LEAST_FRESH_FRACTION);
    const freshMs = idleTimeMs(asRecord(session), this.options) * fraction;
    return this.clock.now() - snapshot.at < freshMs;
  }
}

async function ignoreResult(work: Promise<unknown>): Promise<void> {
  await work;
}

function recordIn(stored: StoredBytes): SessionRecord | undefined {
  const parsed = parseSession(stored);
  return parsed.kind === 'session' ? parsed.record : undefined;
}

/** express-session gives every session a hidden `req`. */
function requestOf(session: SessionData): object | undefined {
  return (session as { req?: object }).req;
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
