import type { Afterwards, Deadline } from './deadline.js';
import type { EndReply, SessionCommands, StoredBytes } from './session-commands.js';
import type { SessionEnd } from './session-ends.js';
import { SessionEndedError, SessionUnavailableError } from './session.errors.js';
import { sessionSaved } from './session.events.js';
import { handleOfName, type SessionFormat } from './session-format.js';
import { storableJson } from './session-record.js';
import type { SessionRecord } from './session.types.js';
import { sealSuccessor } from './successor.js';
import { MOST_TRIES, changedTooOften, outOfStep } from './session-writer.js';

export interface SessionMove {
  /** The id that ends. */
  readonly from: string;
  /** What is stored under it as far as known; undefined when nothing is. */
  readonly lastSeen: StoredBytes | undefined;
  readonly to: string;
  /** Makes the new session; `theirs` is what others saved under the old id meanwhile. */
  readonly build: (theirs?: SessionRecord) => SessionRecord;
  /** True when nothing may follow a session that ended meanwhile; false for a login, which needs none. */
  readonly needsOld: boolean;
  /** How long requests under way with the old id find the new session; undefined for not at all. */
  readonly graceMs?: number | undefined;
  readonly ttlMs: (record: SessionRecord) => number;
}

export interface MovedSession {
  readonly record: SessionRecord;
  readonly json: string;
  readonly stored: StoredBytes;
}

interface MoveTools {
  readonly commands: SessionCommands;
  readonly format: SessionFormat;
  readonly deadline: Deadline;
  /** Told what becomes of the end of the old session after the deadline, when the move has failed. */
  readonly afterwards: (from: string, mark: string) => Afterwards<EndReply>;
  /** Ends what a rotation with a grace made of the old session meanwhile, if one has. */
  readonly endSuccessor: (from: string) => Promise<unknown>;
}

/**
 * Stores the new session first and then ends the old one, if that is still what the new one was made
 * of: so no moment and no failure leaves the user without either, and no change of a parallel request
 * is lost. A step that is late is safe: the new id is known to nobody until all of it is done.
 *
 * @throws SessionEndedError, SessionUnavailableError
 */
export async function moveSession(move: SessionMove, tools: MoveTools): Promise<MovedSession> {
  const { commands, format, deadline, afterwards, endSuccessor } = tools;
  const [from, to] = [format.nameOf(move.from), format.nameOf(move.to)];
  let known = move.lastSeen;
  let written: StoredBytes | undefined;
  let record = move.build();
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const json = storableJson(record);
    const bytes = format.encode(to, json);
    const moved = { record, json, stored: bytes };
    await store({ to, bytes, expected: written, ttlMs: move.ttlMs(record) }, tools);
    written = bytes;
    if (known === undefined) return published(to, moved, tries);
    const expected = known;
    const mark = commands.markFor(endOf(move));
    const reply = await deadline.step(
      () => commands.end(from, { expected, mark }),
      afterwards(from, mark.text),
    );
    if (reply.kind === 'ended') return published(to, moved, tries);
    if (reply.kind === 'absent') {
      if (!move.needsOld) {
        await endSuccessor(move.from);
        return published(to, moved, tries);
      }
      await deadline.step(() => commands.end(to));
      throw new SessionEndedError();
    }
    known = reply.stored;
    const theirs = format.decode(from, known);
    record = move.build(theirs.kind === 'session' ? theirs.record : undefined);
    await outOfStep(tries);
  }
  throw changedTooOften(from, 'move');
}

function endOf({ from, to, graceMs }: SessionMove): SessionEnd {
  const successor =
    graceMs === undefined ? undefined : { graceMs, sealed: sealSuccessor(to, from) };
  return { kind: 'replaced', successor };
}

async function store(
  next: { to: string; bytes: StoredBytes; expected: StoredBytes | undefined; ttlMs: number },
  { commands, deadline }: MoveTools,
): Promise<void> {
  const { to, bytes, expected, ttlMs } = next;
  if (ttlMs <= 0) throw new SessionEndedError();
  const reply = await deadline.step(() => commands.write(to, expected, bytes, ttlMs));
  // Nobody else knows the id. What is there can only be our own write, sent twice by a reconnect.
  if (reply.kind === 'saved' || (reply.kind === 'conflict' && reply.stored.equals(asBuffer(bytes))))
    return;
  // Its user revoked it before it was complete.
  if (reply.kind === 'gone') throw new SessionEndedError();
  throw new SessionUnavailableError('the id of a new session was taken before it was complete.');
}

function published(name: string, moved: MovedSession, tries: number): MovedSession {
  sessionSaved.publish(() => ({
    handle: handleOfName(name),
    isNew: true,
    tries,
    bytes: Buffer.byteLength(moved.stored),
  }));
  return moved;
}

function asBuffer(bytes: StoredBytes): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
}
