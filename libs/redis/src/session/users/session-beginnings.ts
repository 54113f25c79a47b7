import type { Request } from 'express';
import type { Background } from '../../common/background.js';
import { systemClock, type Clock } from '../../common/clock.js';
import { Deadline } from '../deadline.js';
import type { ExpirySchedule } from '../expiry/expiry-schedule.js';
import type { SessionBreaker } from '../session-breaker.js';
import type { SessionEvents } from '../session-events.js';
import { handleOfName } from '../session-format.js';
import { handleOf } from '../session-id.js';
import { timeLeftMs } from '../session-lifetime.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import type { SessionRecord } from '../session.types.js';
import { deviceOf } from './device.js';
import type { EnteredSession, SessionEntry } from './session-entry.js';
import { userOf, type SessionRegistry } from './session-registry.js';
import type { SessionRisks } from './session-risks.js';
import type { UserIndex } from './user-index.js';

export interface SessionBeginningsParts {
  readonly entry: SessionEntry;
  readonly index: UserIndex;
  readonly registry: SessionRegistry;
  readonly background: Background;
  readonly events: SessionEvents;
  readonly risks: SessionRisks;
  readonly schedule: ExpirySchedule | undefined;
  readonly options: ResolvedSessionOptions;
  readonly breaker?: SessionBreaker;
  readonly clock?: Clock;
}

export interface SaveContext {
  /** Whose session it was when it was last loaded or saved; undefined for a new one. */
  readonly before?: { readonly userId: string | undefined } | undefined;
  readonly request?: Request | undefined;
  /** Name of the stored session that this one takes the place of. */
  readonly replaces?: string | undefined;
}

/** A session that may be saved. */
export interface PreparedSave {
  /** What to store. */
  readonly record: SessionRecord;
  /** Does what goes with the save beside it and after it; where the save fails, takes that back. */
  saving<T>(save: Promise<T>): Promise<T>;
}

interface Save {
  readonly id: string;
  readonly record: SessionRecord;
  readonly context: SaveContext;
  readonly entered: EnteredSession | undefined;
}

/** What belongs to the save of a session besides the session: index, limit, expiry schedule, events. */
export class SessionBeginnings {
  constructor(private readonly parts: SessionBeginningsParts) {}

  /**
   * Costs a round trip for a session that has a user since the last save, else nothing.
   *
   * @throws SessionLimitError, SessionEndedError, SessionUnavailableError
   */
  async prepare(id: string, record: SessionRecord, context: SaveContext): Promise<PreparedSave> {
    const entered = needsEntry(record, context.before)
      ? await this.#enter(id, record, context)
      : undefined;
    const next = entered ? { ...record, $meta: entered.meta } : record;
    const save: Save = { id, record: next, context, entered };
    return { record: next, saving: (work) => this.#saving(save, work) };
  }

  /** A request came with a stored session. */
  used(request: Request, id: string, record: SessionRecord): void {
    const { $meta: meta } = record;
    if (meta) this.parts.risks.check(request, id, { userId: userOf(record), meta });
  }

  /** See `SessionEntry.refresh`. */
  refresh(id: string, record: SessionRecord): void {
    this.parts.entry.refresh(id, record);
  }

  /**
   * A session goes on after all, because the one that was to take its place could not be stored.
   *
   * @param wasScheduled what `leave` has found; one that was off the schedule before is reported already
   */
  restore(id: string, record: SessionRecord, wasScheduled: boolean | undefined): void {
    const { entry, background } = this.parts;
    const work = async (): Promise<void> => {
      const state = await entry.stateOf(id);
      if (state === 'alive') entry.refresh(id, record, { isForced: true });
      // One that expired meanwhile is due at once, and is then reported.
      if (state !== 'ended' && wasScheduled !== false) await this.#schedule(id, record);
    };
    background.run(work, () => undefined);
  }

  /** Takes away what stands beside a session that another one takes the place of. @returns as `leaveSchedule` */
  async leave(id: string, record: SessionRecord): Promise<boolean | undefined> {
    const { entry, registry, options, breaker } = this.parts;
    const [name, userId] = [entry.nameOf(id), userOf(record)];
    const end = { kind: 'replaced' } as const;
    const deadline = new Deadline('end', options.deadlineMs, breaker);
    registry.ended(name, { userId, end });
    const [wasScheduled] = await Promise.all([
      registry.leaveSchedule(name, { end, deadline }),
      registry.leaveIndex(name, { userId, deadline }),
    ]);
    return wasScheduled;
  }

  /** The schedule comes before the session: who revokes that takes it off the schedule, for good. */
  async #enter(id: string, record: SessionRecord, context: SaveContext): Promise<EnteredSession> {
    const { before, request, replaces } = context;
    const options = { device: deviceOf(request), replaces };
    const steps = [
      this.parts.entry.enter(id, record, options),
      this.#schedule(id, record),
    ] as const;
    try {
      const [entered] = await Promise.all(steps);
      return entered;
    } catch (error) {
      if (!before) this.#after(steps, () => this.leave(id, record));
      throw error;
    }
  }

  /** Nobody waits for it: Redis may be down. */
  #after(steps: readonly Promise<unknown>[], undo: () => Promise<unknown>): void {
    const work = async (): Promise<unknown> => {
      await Promise.allSettled(steps);
      return undo();
    };
    this.parts.background.run(work, () => undefined);
  }

  async #saving<T>(save: Save, work: Promise<T>): Promise<T> {
    const { id, record, context } = save;
    const beside = this.#beside(save);
    try {
      const result = beside ? (await Promise.all([work, beside]))[0] : await work;
      if (context.before) this.refresh(id, record);
      else this.#began(id, record, context.replaces);
      return result;
    } catch (error) {
      // It may be stored all the same, or yet to be, and nobody knows its id.
      const undo = (): Promise<unknown> =>
        Promise.all([this.parts.entry.abandon(id), this.leave(id, record)]);
      if (!context.before) this.#after(beside ? [work, beside] : [work], undo);
      throw error;
    }
  }

  /** Undefined where there is nothing to do. */
  #beside({ id, record, context, entered }: Save): Promise<unknown> | undefined {
    const { index, schedule } = this.parts;
    const { before } = context;
    const previousUser = before?.userId;
    const hasLeft = previousUser !== undefined && previousUser !== userOf(record);
    // Who is entered is on the schedule already.
    const isScheduled = schedule !== undefined && !before && !entered;
    if (!entered && !isScheduled && !hasLeft) return undefined;
    return Promise.all([
      entered?.makeRoom(),
      isScheduled && this.#schedule(id, record),
      hasLeft && this.#step(() => index.forget(previousUser, [handleOf(id)])),
    ]);
  }

  async #schedule(id: string, record: SessionRecord): Promise<void> {
    const { schedule, options, clock = systemClock } = this.parts;
    if (!schedule) return;
    const due = { handle: handleOf(id), name: this.parts.entry.nameOf(id), userId: userOf(record) };
    const leftMs = Math.max(timeLeftMs(record, options, clock.now()), 0);
    await this.#step(() => schedule.add(due, leftMs));
  }

  #began(id: string, record: SessionRecord, replaces: string | undefined): void {
    const { events } = this.parts;
    const news = { handle: handleOf(id), userId: userOf(record) };
    if (replaces === undefined) events.publish('created', news);
    else events.publish('regenerated', { ...news, previousHandle: handleOfName(replaces) });
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    const { options, breaker } = this.parts;
    return new Deadline('index', options.deadlineMs, breaker).step(work);
  }
}

/** True for a session of a user who was not its user before, or of whom nobody has taken note. */
function needsEntry(record: SessionRecord, before: SaveContext['before']): boolean {
  const userId = userOf(record);
  if (userId === undefined) return false;
  return !before || before.userId !== userId || record.$meta?.epoch === undefined;
}
