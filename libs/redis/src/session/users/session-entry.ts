import { LRUCache } from 'lru-cache';
import type { Background } from '../../common/background.js';
import { systemClock, type Clock } from '../../common/clock.js';
import { Deadline } from '../deadline.js';
import { inBatches } from '../in-batches.js';
import type { SessionBreaker } from '../session-breaker.js';
import { SessionEndedError, SessionLimitError } from '../session.errors.js';
import { sessionLimit } from '../session.events.js';
import { handleOfName } from '../session-format.js';
import { idleTimeMs, timeLeftMs } from '../session-lifetime.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import type { SessionRepository } from '../session-repository.js';
import type { SessionMeta, SessionRecord } from '../session.types.js';
import type { Device } from './device.js';
import { userOf } from './session-registry.js';
import type { UserEpochs } from './user-epochs.js';
import type { IndexEntry, NewEntry, Registration, UserIndex } from './user-index.js';

/** With `renewBelow: 1`, a session is still entered only once per twentieth of its idle time. */
const LEAST_STEP = 0.05;
/** Sessions whose last entry a process remembers. */
const MOST_REMEMBERED = 20_000;
/** A full index is cleared of sessions that are gone, and tried again; others may fill it meanwhile. */
const MOST_TRIES = 5;

export interface SessionEntryParts {
  readonly index: UserIndex;
  readonly epochs: UserEpochs;
  readonly sessions: SessionRepository;
  readonly options: ResolvedSessionOptions;
  readonly background: Background;
  readonly breaker?: SessionBreaker;
  readonly clock?: Clock;
}

export interface EntryOptions {
  /** Where the session begins; nothing is noted of an undefined one. */
  readonly device?: Device;
  /** Name of the session whose place this one takes; it does not count for the limit. */
  readonly replaces?: string;
}

/** A session that was entered into its user's index and is now to be stored with `meta`. */
export interface EnteredSession {
  readonly meta: SessionMeta;
  /** Ends the sessions that had to make room. */
  makeRoom(): Promise<void>;
}

/** Enters sessions into the user index: new ones within the limit, living ones again from time to time. */
export class SessionEntry {
  readonly #enteredAt = new LRUCache<string, number>({ max: MOST_REMEMBERED });
  readonly #clock: Clock;

  constructor(private readonly parts: SessionEntryParts) {
    this.#clock = parts.clock ?? systemClock;
  }

  /**
   * Enters a session that is not stored yet. It comes first, so that every stored session has an entry; an entry
   * whose session then fails to be stored heals.
   *
   * @throws SessionLimitError with the policy `refuse-newest`
   * @throws SessionEndedError when the session carries on one that its user has revoked meanwhile
   * @throws SessionUnavailableError
   */
  async enter(
    id: string,
    record: SessionRecord,
    { device = {}, replaces }: EntryOptions = {},
  ): Promise<EnteredSession> {
    const { perUser } = this.parts.options;
    const entry = this.#entryOf(id, record, { began: record.$meta?.epoch, replaces });
    const policy = perUser.policy === 'drop-oldest' ? 'drop-oldest' : 'refuse';
    const registration = await this.#register(userOf(record)!, entry, policy);
    if (registration.kind === 'revoked') throw new SessionEndedError();
    if (registration.kind === 'full') {
      sessionLimit.publish(() => ({ userId: userOf(record)!, max: perUser.max }));
      throw new SessionLimitError(perUser.max);
    }
    this.#noteEntry(id, userOf(record)!);
    const { epoch, dropped } = registration;
    return {
      meta: {
        createdAt: entry.createdAt,
        ...record.$meta,
        ...(perUser.device && device),
        epoch: epoch.number,
      },
      makeRoom: () => this.#end(userOf(record), dropped),
    };
  }

  /**
   * Enters a living session again, in the background: it moves the entry's expiry, and brings back an entry that was
   * lost. Sends nothing while the last time is less than a tenth of the idle timeout ago, unless it is forced.
   */
  refresh(id: string, record: SessionRecord, { isForced = false } = {}): void {
    const userId = userOf(record);
    const now = this.#clock.now();
    if (userId === undefined) return;
    if (!isForced && now - (this.#enteredAt.get(id) ?? 0) < this.#stepMs(record)) return;
    this.#enteredAt.set(id, now);
    const failed = (): void => {
      this.#enteredAt.delete(id);
    };
    this.parts.background.run(() => this.#refresh(id, userId, record), failed);
  }

  /** Ends a session that could not be stored in time, also where a late command has yet to store it. */
  async abandon(id: string): Promise<void> {
    await this.parts.sessions.removeNamed(this.nameOf(id), { kind: 'replaced' });
  }

  /** Whether a session lives, ended on purpose a moment ago, or neither. */
  async stateOf(id: string): Promise<'alive' | 'ended' | 'expired'> {
    const { sessions } = this.parts;
    const name = this.nameOf(id);
    if ((await this.#step(() => sessions.timeToLive(name))) !== -2) return 'alive';
    return (await this.#step(() => sessions.isEnded(name))) ? 'ended' : 'expired';
  }

  /** The name that a session of this id is stored under. */
  nameOf(id: string): string {
    return this.parts.sessions.nameOf(id);
  }

  async #refresh(id: string, userId: string, record: SessionRecord): Promise<void> {
    const entry = this.#entryOf(id, record, { began: record.$meta?.epoch, replaces: undefined });
    const registration = await this.#register(userId, entry, 'refuse');
    if (registration.kind === 'added') return;
    // It was ended for others, or is one too many whose entry was lost.
    const reason = registration.kind === 'full' ? 'limit' : 'all';
    await this.parts.sessions.remove(id, { kind: 'revoked', reason });
  }

  async #register(
    userId: string,
    entry: NewEntry,
    policy: 'drop-oldest' | 'refuse',
  ): Promise<Registration> {
    const { index, epochs, options } = this.parts;
    const limit = { max: options.perUser.max, policy };
    for (let tries = 1; ; tries++) {
      const askedAt = performance.now();
      const reply = await this.#step(() => index.register(userId, entry, limit));
      const registration = { ...reply, epoch: epochs.learn(userId, reply.epoch, askedAt) };
      if (registration.kind !== 'full' || tries === MOST_TRIES) return registration;
      if (!(await this.#forgetGone(userId, registration.others))) return registration;
    }
  }

  /** @returns whether there were any */
  async #forgetGone(userId: string, entries: readonly IndexEntry[]): Promise<boolean> {
    const { sessions, index, options } = this.parts;
    const left = await this.#step(() =>
      Promise.all(entries.map(({ name }) => sessions.timeToLive(name))),
    );
    const now = this.#clock.now();
    const gone = entries.filter((entry, at) => left[at] === -2 && isSettled(entry, options, now));
    await this.#step(() =>
      index.forget(
        userId,
        gone.map(({ handle }) => handle),
      ),
    );
    return gone.length > 0;
  }

  async #end(userId: string | undefined, entries: readonly IndexEntry[]): Promise<void> {
    const { sessions } = this.parts;
    const end = { kind: 'revoked', reason: 'limit' } as const;
    const names = entries.flatMap(namesOf);
    await inBatches(names, (name) => sessions.removeNamed(name, end, { userId }));
  }

  #entryOf(
    id: string,
    record: SessionRecord,
    rest: Pick<NewEntry, 'began' | 'replaces'>,
  ): NewEntry {
    const now = this.#clock.now();
    const createdAt = record.$meta?.createdAt ?? now;
    const ttlMs = timeLeftMs(record, this.parts.options, now);
    // The session may be renewed once more before it is entered again.
    const keepMs = Math.ceil(Math.max(ttlMs, 0) + 2 * this.#stepMs(record));
    const name = this.nameOf(id);
    return { handle: handleOfName(name), name, createdAt, keepMs, ...rest };
  }

  #noteEntry(id: string, userId: string): void {
    this.#enteredAt.set(id, this.#clock.now());
    this.parts.epochs.remember(this.nameOf(id), userId);
  }

  #stepMs(record: SessionRecord): number {
    const { options } = this.parts;
    return idleTimeMs(record, options) * Math.max(1 - options.renewBelow, LEAST_STEP);
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    const { options, breaker } = this.parts;
    return new Deadline('index', options.deadlineMs, breaker).step(work);
  }
}

/** The session of an entry, and the one that it is just taking the place of. */
export function namesOf({ name, replaces }: IndexEntry): string[] {
  return replaces === undefined ? [name] : [name, replaces];
}

/**
 * False for an entry so young that its session may still be on its way into Redis: a login has at most two
 * operations' time for that, and the clocks may differ a little.
 */
export function isSettled(
  { seenAt }: IndexEntry,
  { deadlineMs }: Pick<ResolvedSessionOptions, 'deadlineMs'>,
  now: number,
): boolean {
  return now - seenAt > 2 * deadlineMs;
}
