import { sessionCorrupt } from './session.events.js';
import { MARK_MS, type EndMark, type SessionEndReason } from './end-mark.js';
import { handleOfName } from './session-format.js';
import type { StoredBytes } from './session-commands.js';
import type { SessionRecord } from './session.types.js';

export interface LoadedSession {
  /** Its id, where that is another than was asked for: it was rotated a moment ago. */
  readonly id?: string;
  readonly record: SessionRecord;
  /** The JSON that the record was read from. */
  readonly json: string;
  /** The bytes in Redis, for a later compare-and-set. */
  readonly stored: StoredBytes;
  /** True when so little of its idle time is left that activity should renew it. */
  readonly isDue: boolean;
  /** How long it stays stored unless something renews it, in ms; -1 without an end. */
  readonly leftMs: number;
}

/** `dead`: nobody has a use for this id any more. Otherwise it may live on, here or elsewhere. */
export type SessionLookup = ({ readonly kind: 'found' } & LoadedSession) | SessionAbsence;

export interface SessionAbsence {
  readonly kind: 'none';
  readonly isDead: boolean;
  /** Why, as the client may know who has signed proof that the session was its own. */
  readonly ended: SessionEndReason;
  /** Under which id it goes on, sealed, while the grace of its rotation lasts. */
  readonly sealedSuccessor?: string | undefined;
  /** True for an id that somebody still uses after that. */
  readonly isReused?: boolean;
}

export interface SessionSave {
  readonly id: string;
  /** The stored bytes when last seen; undefined for a new session. */
  readonly lastSeen: StoredBytes | undefined;
  readonly record: SessionRecord;
  readonly json: string;
  /** Makes one of both when others changed the session meanwhile. */
  readonly merge: (stored: SessionRecord) => SessionRecord;
  /** True for a save that is no activity: the session keeps the expiry it has. */
  readonly keepsExpiry?: boolean;
}

/** What Redis holds after a write. */
export interface StoredSession {
  readonly stored: StoredBytes;
  /** That as JSON. */
  readonly storedJson: string;
}

/** `gone`: the session ended before the save, which was dropped. */
export type SaveResult =
  /** `isFollowed`: under a new id, which the client has got by the rotation. */
  | ({ readonly kind: 'saved'; readonly isFollowed?: boolean } & StoredSession)
  | { readonly kind: 'gone' };

/** What is stored is no session: an event, and for the request none. */
export function corrupt(name: string, reason: string, isDead = true): SessionLookup {
  sessionCorrupt.publish(() => ({ handle: handleOfName(name), reason }));
  return { kind: 'none', isDead, ended: 'ended' };
}

/** A session without anything stored. A login beside may have replaced its cookie, while the mark is fresh. */
export function absent(mark: EndMark | undefined): SessionLookup {
  const isDead = mark === undefined || mark.ageMs >= MARK_MS;
  const { reason: ended = 'expired', successor } = mark ?? {};
  if (!mark || !successor) return { kind: 'none', isDead, ended };
  const isReused = mark.ageMs > successor.graceMs;
  const sealedSuccessor = isReused ? undefined : successor.sealed;
  return { kind: 'none', isDead, ended, isReused, sealedSuccessor };
}
