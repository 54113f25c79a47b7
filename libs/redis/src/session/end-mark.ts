import { randomUUID } from 'node:crypto';
import type { SessionEnd } from './session-ends.js';
import type { Successor } from './successor.js';

/** As long as a slow request that began before the session ended may take to answer. */
export const MARK_MS = 30_000;

const MARK = /^(limit|revoked|ended):(\d+):[^:]+(?::(\d+):([\w-]+))?$/;

/**
 * Why a client has no session any more, as far as it may know: `limit` by a newer login of the same user, `revoked`
 * by its user or an administrator, `expired` by a timeout (or so long ago that nothing is noted of it), `ended` by
 * a logout or a new id.
 */
export type SessionEndReason = 'limit' | 'revoked' | 'expired' | 'ended';

/** What stands under `ended:…` of a session that ended a moment ago. */
export interface EndMark {
  readonly reason: SessionEndReason;
  /** How long ago it ended, in ms. */
  readonly ageMs: number;
  /** After a rotation with a grace. */
  readonly successor?: Successor;
}

/** What an end leaves behind, and for how many milliseconds. */
export interface MarkText {
  readonly text: string;
  readonly ms: number;
}

/**
 * The text of a mark: reason, how long it is kept, and a random part that no other end has.
 *
 * @param keepMs how long an end from outside is remembered; all others for `MARK_MS`
 */
export function markOf(end: SessionEnd, keepMs: number): MarkText {
  const reason = reasonOf(end);
  const ms = end.kind === 'revoked' ? Math.max(keepMs, MARK_MS) : MARK_MS;
  // An expiry is left for the sweeper to report, which knows it by the empty name.
  if (end.kind === 'expired') return { text: '', ms };
  const successor = end.kind === 'replaced' ? end.successor : undefined;
  const rest = successor ? `:${successor.graceMs}:${successor.sealed}` : '';
  return { text: `${reason}:${ms}:${randomUUID()}${rest}`, ms };
}

/** @param leftMs as PTTL says it. Marks of earlier versions hold a random name, or nothing for an expiry. */
export function readMark(text: string, leftMs: number): EndMark {
  const [, reason, ms, graceMs, sealed] = MARK.exec(text) ?? [];
  const ageMs = Math.max((ms === undefined ? MARK_MS : Number(ms)) - leftMs, 0);
  return {
    reason: (reason as SessionEndReason) ?? (text === '' ? 'expired' : 'ended'),
    ageMs,
    ...(sealed !== undefined && { successor: { sealed, graceMs: Number(graceMs) } }),
  };
}

function reasonOf(end: SessionEnd): SessionEndReason {
  if (end.kind !== 'revoked') return 'ended';
  return end.reason === 'limit' ? 'limit' : 'revoked';
}
