import { batches } from '../../common/batches.js';
import { systemClock, type Clock } from '../../common/clock.js';
import type { AllSessions } from '../all-sessions.js';
import { Deadline } from '../deadline.js';
import { BATCH, inBatches } from '../in-batches.js';
import type { SessionBreaker } from '../session-breaker.js';
import type { RevocationReason } from '../session-ends.js';
import { handleOf, isHandle } from '../session-id.js';
import { SessionValueError } from '../session.errors.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import { handleOfName } from '../session-format.js';
import type { SessionRepository } from '../session-repository.js';
import type { SessionAttributes, SessionRecord } from '../session.types.js';
import { isSettled, namesOf } from './session-entry.js';
import type { SessionInfo, UserExport } from './session-info.js';
import { userOf } from './session-registry.js';
import type { UserEpochs } from './user-epochs.js';
import type { IndexEntry, UserIndex } from './user-index.js';

/** The longest that browsers keep a cookie (RFC 6265bis, section 5.5), so no session is used after longer. */
const LONGEST_COOKIE_MS = 400 * 24 * 60 * 60 * 1000;

export interface UserSessionsParts {
  readonly index: UserIndex;
  readonly epochs: UserEpochs;
  readonly sessions: SessionRepository;
  readonly everything: AllSessions;
  readonly options: ResolvedSessionOptions;
  readonly breaker?: SessionBreaker;
  readonly clock?: Clock;
}

interface FoundSession {
  readonly entry: IndexEntry;
  readonly record: SessionRecord;
}

/** Which sessions `list` gives. */
export interface ListOptions {
  /** At most so many, those that were used last. Default all, which are a thousand at most (`session.perUser.max`). */
  readonly limit?: number;
}

/** The sessions of a user as a list: what the index remembers, checked against the sessions themselves. */
export class UserSessions {
  constructor(private readonly parts: UserSessionsParts) {}

  /** Two round trips for a hundred sessions. @param currentId marks the session that asks */
  async list(
    userId: string,
    currentId?: string,
    { limit = Infinity }: ListOptions = {},
  ): Promise<SessionInfo[]> {
    requireLimit(limit);
    const current = currentId === undefined ? undefined : handleOf(currentId);
    const listed: SessionInfo[] = [];
    for await (const found of this.#find(userId)) {
      for (const one of found)
        listed.push({ ...infoOf(one), isCurrent: one.entry.handle === current });
      if (listed.length >= limit) break;
    }
    return listed.slice(0, limit);
  }

  async count(userId: string): Promise<number> {
    let count = 0;
    for await (const found of this.#find(userId)) count += found.length;
    return count;
  }

  /** Ends the session of a handle; with `userId`, only if it is that user's. @returns false when there is none */
  async revoke(handle: string, userId: string | undefined): Promise<boolean> {
    const name = await this.nameOf(handle, userId);
    if (name === undefined) return false;
    if (userId !== undefined) {
      const found = await this.parts.sessions.loadNamed(name);
      if (!found || userOf(found.record) !== userId) return false;
    }
    return this.parts.sessions.removeNamed(name, { kind: 'revoked', reason: 'handle' });
  }

  /** Ends all sessions of a user but the one of `stays`. @returns how many lived */
  async revokeAll(userId: string, stays?: string): Promise<number> {
    const reason = stays === undefined ? 'all' : 'others';
    return this.#revoke(userId, { reason, stays: stays && handleOf(stays) });
  }

  async exportUser(userId: string): Promise<UserExport> {
    const sessions: UserExport['sessions'][number][] = [];
    for await (const found of this.#find(userId))
      for (const one of found)
        sessions.push({ ...infoOf(one), attributes: attributesOf(one.record) });
    return { userId, sessions };
  }

  /** Ends all sessions of a user, looked for among all there are, and deletes what is noted beside them. */
  async purgeUser(userId: string): Promise<number> {
    const { everything, index, epochs } = this.parts;
    const indexed = await this.#revoke(userId, { reason: 'purge', stays: undefined });
    const isMeant = (record: SessionRecord): boolean => userOf(record) === userId;
    const lost = await everything.removeWhere(isMeant, { kind: 'revoked', reason: 'purge' });
    await this.#step(() => index.purge(userId));
    epochs.forgetUser(userId);
    return indexed + lost;
  }

  /** The name under which the session of a handle is stored. @param userId where the handle itself is not known */
  async nameOf(handle: string, userId?: string): Promise<string | undefined> {
    const { index } = this.parts;
    if (!isHandle(handle)) return undefined;
    const name = await this.#step(() => index.nameOf(handle));
    if (name !== null || userId === undefined) return name ?? undefined;
    const entries = await this.#step(() => index.entries(userId));
    return entries.find((entry) => entry.handle === handle)?.name;
  }

  async #revoke(
    userId: string,
    { reason, stays }: { readonly reason: RevocationReason; readonly stays: string | undefined },
  ): Promise<number> {
    const { index, epochs, sessions } = this.parts;
    const askedAt = performance.now();
    const { absoluteTimeoutMs = LONGEST_COOKIE_MS, rememberForMs } = this.parts.options;
    const rememberMs = Math.max(absoluteTimeoutMs, rememberForMs);
    const revoked = await this.#step(() => index.revoke(userId, { stays, rememberMs }));
    epochs.learn(userId, revoked.epoch, askedAt);
    const names = revoked.taken.flatMap(namesOf).filter((name) => handleOfName(name) !== stays);
    const ended = await inBatches(names, (name) =>
      sessions.removeNamed(name, { kind: 'revoked', reason }, { userId }),
    );
    return ended.filter(Boolean).length;
  }

  /** The sessions that live, the last used first, in batches. Drops entries whose session is gone. */
  async *#find(userId: string): AsyncGenerator<readonly FoundSession[]> {
    const { index, epochs } = this.parts;
    const askedAt = performance.now();
    const [entries, epoch] = await this.#step(() =>
      Promise.all([index.entries(userId), index.epoch(userId)]),
    );
    epochs.learn(userId, epoch, askedAt);
    const lastFirst = entries.toSorted((one, other) => other.seenAt - one.seenAt);
    for (const batch of batches(lastFirst, BATCH)) yield await this.#look(userId, batch);
  }

  async #look(userId: string, entries: readonly IndexEntry[]): Promise<FoundSession[]> {
    const { index, sessions, options, clock = systemClock } = this.parts;
    const loaded = await Promise.all(entries.map(({ name }) => sessions.loadNamed(name)));
    const found = entries.flatMap((entry, at) => {
      const record = loaded[at]?.record;
      return record && userOf(record) === userId ? [{ entry, record }] : [];
    });
    const alive = new Set(found.map(({ entry }) => entry));
    const now = clock.now();
    const gone = entries.filter((entry) => !alive.has(entry) && isSettled(entry, options, now));
    const handles = gone.map(({ handle }) => handle);
    await this.#step(() => index.forget(userId, handles));
    return found;
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    const { options, breaker } = this.parts;
    return new Deadline('look up', options.deadlineMs, breaker).step(work);
  }
}

function requireLimit(limit: number): void {
  if (limit === Infinity || (Number.isInteger(limit) && limit > 0)) return;
  throw new SessionValueError(
    `The limit of a list is a whole number from 1; got ${limit}. Leave it out for all sessions.`,
  );
}

function infoOf({ entry, record }: FoundSession): Omit<SessionInfo, 'isCurrent'> {
  const { createdAt = entry.createdAt, ip, userAgent } = record.$meta ?? {};
  return { handle: entry.handle, createdAt, lastSeenAt: entry.seenAt, ip, userAgent };
}

/** The application's part of a session. */
export function attributesOf(record: SessionRecord): SessionAttributes {
  const { cookie: _, $meta: __, ...attributes } = record;
  return attributes;
}
