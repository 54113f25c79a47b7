import type { Clock } from '../common/clock.js';
import { mergeSessions } from './merge.js';
import type { StoredBytes } from './session-commands.js';
import { idleTimeMs } from './session-lifetime.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { holdsContent, isSameContent, serializeSession } from './session-record.js';
import type { LoadedSession, StoredSession } from './session-lookup.js';
import type { SessionRecord } from './session.types.js';
import { userOf } from './users/session-registry.js';

/** What is known of a session object that was loaded or saved. */
export interface Snapshot {
  /** The session as this object last saw or saved it, as JSON: the base of a three-way merge. */
  readonly base: string;
  /** What Redis then held, as JSON: the same, or the merge of it with what others had saved. */
  readonly storedJson: string;
  /** That as bytes, for a compare-and-set. */
  readonly stored: StoredBytes;
  /** Whose session that is. */
  readonly userId: string | undefined;
  /** When the expiry in Redis was last looked after, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** True when activity should push the expiry out. */
  readonly isDue: boolean;
  /** True once this object was saved. */
  readonly isSaved: boolean;
}

/** Even where every request renews, a second renewal within the same request is needless. */
const LEAST_FRESH_FRACTION = 0.05;

/** Knows of each session object what of it Redis has. Nothing here asks Redis. */
export class SessionTracker {
  readonly #snapshots = new WeakMap<object, Snapshot>();
  readonly #ended = new WeakSet<object>();

  constructor(
    private readonly options: ResolvedSessionOptions,
    private readonly clock: Clock,
  ) {}

  snapshotOf(session: object): Snapshot | undefined {
    return this.#snapshots.get(session);
  }

  loaded({ record, json, stored, isDue }: LoadedSession): void {
    const at = this.clock.now();
    const userId = userOf(record);
    const snapshot = { base: json, storedJson: json, stored, userId, at, isDue, isSaved: false };
    this.#snapshots.set(record, snapshot);
  }

  /** Says that `session` is the object made of `record`. */
  became(record: object, session: object): void {
    const snapshot = this.#snapshots.get(record);
    if (snapshot) this.#snapshots.set(session, snapshot);
  }

  saved(session: object, base: string, now: Partial<Snapshot>): void {
    const { storedJson = base, stored = storedJson, userId } = now;
    const at = this.clock.now();
    const snapshot = { base, storedJson, stored, userId, at, isDue: false, isSaved: true };
    this.#snapshots.set(session, snapshot);
  }

  /** Notes a change that was stored beside what the request does: `base` is what the object should now differ from. */
  amended(session: object, base: string, stored: StoredSession | undefined): void {
    const snapshot = this.#snapshots.get(session);
    if (snapshot) this.#snapshots.set(session, { ...snapshot, base, ...stored });
  }

  /** Notes that Redis has this session no more. */
  ended(session: object): void {
    this.#ended.add(session);
  }

  /** True for a session that turned out to have ended while the request had it. */
  hasEnded(session: object): boolean {
    return this.#ended.has(session);
  }

  /** True for a session that Redis has, as far as this request knows. */
  isStored(session: object): boolean {
    return this.#snapshots.has(session);
  }

  isDue(session: object): boolean {
    return this.#snapshots.get(session)?.isDue ?? false;
  }

  /**
   * True when the session holds something that Redis does not have yet. A request that only reads pays
   * for one JSON.stringify and the comparison of two strings.
   *
   * @throws SessionValueError
   */
  isChanged(session: object): boolean {
    const snapshot = this.#snapshots.get(session);
    if (!snapshot) return holdsContent(session);
    const json = serializeSession(session);
    return json !== snapshot.base && !isSameContent(session, recordIn(snapshot.base));
  }

  /** True when saving it again would change nothing, not even its expiry. */
  isSaved(session: object): boolean {
    if (!this.#snapshots.get(session)?.isSaved || !this.isFresh(session)) return false;
    try {
      return !this.isChanged(session);
    } catch {
      return false; // Saving it will tell why.
    }
  }

  isFresh(session: object): boolean {
    const snapshot = this.#snapshots.get(session);
    if (!snapshot || snapshot.isDue) return false;
    const fraction = Math.max(1 - this.options.renewBelow, LEAST_FRESH_FRACTION);
    const freshMs = idleTimeMs(session as SessionRecord, this.options) * fraction;
    return this.clock.now() - snapshot.at < freshMs;
  }

  /** The lifetime of the cookie when the session was last loaded or saved; undefined for a new one. */
  maxAgeBefore(session: object): number | null | undefined {
    const snapshot = this.#snapshots.get(session);
    return snapshot && (recordIn(snapshot.base).cookie.originalMaxAge ?? null);
  }

  /** My change of a session joined with what is stored now. */
  merge(known: Snapshot | undefined, mine: SessionRecord, theirs: SessionRecord): SessionRecord {
    const base = known && recordIn(known.base);
    return mergeSessions(base, mine, theirs, this.options.mergers);
  }

  /** My change joined with what others had saved when this object was last saved, which it lacks. */
  rebased(known: Snapshot | undefined, mine: SessionRecord): SessionRecord {
    if (!known || known.storedJson === known.base) return mine;
    return this.merge(known, mine, recordIn(known.storedJson));
  }
}

/** @param json of a session that was loaded or serialized here, so it can be read */
export function recordIn(json: string): SessionRecord {
  return JSON.parse(json) as SessionRecord;
}
