import type { Deadline } from '../deadline.js';
import type { ExpirySchedule } from '../expiry/expiry-schedule.js';
import type { SessionEnd } from '../session-ends.js';
import type { SessionEvents } from '../session-events.js';
import { SessionUnavailableError } from '../session.errors.js';
import { handleOfName } from '../session-format.js';
import type { SessionRecord } from '../session.types.js';
import type { SessionRisks } from './session-risks.js';
import { isRevoked, type Epoch } from './epoch.js';
import type { UserEpochs } from './user-epochs.js';
import type { UserIndex } from './user-index.js';

export interface SessionRegistryParts {
  readonly index: UserIndex;
  readonly epochs: UserEpochs;
  readonly events: SessionEvents;
  readonly risks: SessionRisks;
  /** Undefined where nobody wants to know of expired sessions. */
  readonly schedule: ExpirySchedule | undefined;
}

export interface EndedSession {
  /** Undefined for an anonymous session. */
  readonly userId: string | undefined;
  readonly end: SessionEnd;
}

/**
 * What stands beside a session and goes with it: its entry in the user index, its user's epoch, its place in the
 * expiry schedule, its events. The session itself is the truth; where Redis fails between the two, what is
 * beside it heals later.
 */
export class SessionRegistry {
  constructor(private readonly parts: SessionRegistryParts) {}

  /** What can be asked together with the session itself, to know whether it still counts. */
  ahead(name: string): Promise<unknown> | undefined {
    return this.parts.epochs.ahead(name);
  }

  /**
   * False for a session that was begun before its user revoked all.
   *
   * @param step runs what must be asked of Redis; a question on its way before would be rejected with nobody there
   */
  admits(
    name: string,
    record: SessionRecord,
    step: (ask: () => Promise<Epoch>) => Promise<Epoch>,
  ): boolean | Promise<boolean> {
    const userId = userOf(record);
    if (userId === undefined) return true;
    const { epochs } = this.parts;
    const judge = (epoch: Epoch): boolean => !isRevoked(epoch, record.$meta?.epoch, name);
    const known = epochs.of(name, userId);
    return known ? judge(known) : step(() => epochs.ask(userId)).then(judge);
  }

  /** Somebody uses the id of a session that has another one since longer than requests take. */
  suspects(name: string): void {
    this.parts.risks.publish({ handle: handleOfName(name), userId: this.userOf(name) }, 'old-id');
  }

  /** Whose session it was when this process last saw it. */
  userOf(name: string): string | undefined {
    return this.parts.epochs.userOf(name);
  }

  /** After a session was deleted. */
  ended(name: string, { userId, end }: EndedSession): void {
    const { epochs, events } = this.parts;
    const news = { handle: handleOfName(name), userId };
    epochs.forget(name);
    if (end.kind === 'destroyed') events.publish('destroyed', news);
    if (end.kind === 'revoked') events.publish('revoked', { ...news, reason: end.reason });
  }

  /** Takes a session out of its user's index. Redis may fail here: an entry without a session is found out later. */
  async leaveIndex(
    name: string,
    { userId, deadline }: Pick<EndedSession, 'userId'> & { readonly deadline: Deadline },
  ): Promise<void> {
    if (userId === undefined) return;
    await forgiving(deadline, () => this.parts.index.forget(userId, [handleOfName(name)]));
  }

  /**
   * Takes a session off the expiry schedule, unless its end is an expiry that was only noticed otherwise.
   *
   * @returns whether it was on it until now; undefined where Redis gave no answer
   */
  async leaveSchedule(
    name: string,
    { end, deadline }: Pick<EndedSession, 'end'> & { readonly deadline: Deadline },
  ): Promise<boolean | undefined> {
    const { schedule } = this.parts;
    if (!schedule || end.kind === 'expired') return false;
    return forgiving(deadline, () => schedule.remove(handleOfName(name)));
  }
}

async function forgiving<T>(deadline: Deadline, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await deadline.step(work);
  } catch (error) {
    // The deadline has published it as an event.
    if (!(error instanceof SessionUnavailableError)) throw error;
    return undefined;
  }
}

/** The user of a session; undefined for an anonymous one, and for what is no text. */
export function userOf(record: SessionRecord): string | undefined {
  const { userId } = record;
  return typeof userId === 'string' && userId !== '' ? userId : undefined;
}
