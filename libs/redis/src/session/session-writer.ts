import { setTimeout as delay } from 'node:timers/promises';
import type { Deadline } from './deadline.js';
import { KeyedQueue } from './keyed-queue.js';
import type { SessionCommands, StoredBytes } from './session-commands.js';
import { SessionUnavailableError } from './session.errors.js';
import { sessionConflict, sessionSaved, sessionUnavailable } from './session.events.js';
import { handleOfName } from './session-format.js';

/** In one process writes queue, so a conflict needs another process; each wins once in a few tries. */
export const MOST_TRIES = 32;
/** From this try on, writers in several processes get out of step by a short random wait. */
const WAIT_FROM_TRY = 4;

export interface NextSession {
  readonly bytes: StoredBytes;
  /** 0 keeps the TTL. */
  readonly ttlMs: number;
}

/** `gone`: the session ended before the write, which was dropped. */
export type WriteResult =
  { readonly kind: 'saved'; readonly bytes: StoredBytes } | { readonly kind: 'gone' };

/** Makes what is to be stored from what is stored (undefined: nothing yet); undefined to leave it. */
export type SessionChange = (stored: StoredBytes | undefined) => NextSession | undefined;

/** Compare-and-set until it succeeds: applies a change to whatever is stored at that moment. */
export class SessionWriter {
  readonly #queue = new KeyedQueue<WriteResult>();

  constructor(private readonly commands: SessionCommands) {}

  /** @throws SessionUnavailableError */
  write(
    name: string,
    lastSeen: StoredBytes | undefined,
    change: SessionChange,
    deadline: Deadline,
  ): Promise<WriteResult> {
    const isWaiting = this.#queue.isBusy(name);
    const queued = this.#queue.run(name, (previous) => {
      // What the previous write of this process stored is newer than what this one has seen.
      const known = previous?.kind === 'saved' ? previous.bytes : lastSeen;
      return this.#compareAndSet(name, known, change, deadline);
    });
    // Whoever is first in line has a deadline for each step already.
    return isWaiting ? deadline.step(() => queued) : queued;
  }

  async #compareAndSet(
    name: string,
    known: StoredBytes | undefined,
    change: SessionChange,
    deadline: Deadline,
  ): Promise<WriteResult> {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const next = change(known);
      if (next === undefined) return { kind: 'gone' };
      const { bytes, ttlMs } = next;
      const reply = await deadline.step(() => this.commands.write(name, known, bytes, ttlMs));
      if (reply.kind === 'saved') return this.#saved(name, bytes, tries, known === undefined);
      if (reply.kind === 'gone') return { kind: 'gone' };
      sessionConflict.publish(() => ({ handle: handleOfName(name), tries }));
      known = reply.stored;
      await outOfStep(tries);
    }
    throw changedTooOften(name, 'save');
  }

  #saved(name: string, bytes: StoredBytes, tries: number, isNew: boolean): WriteResult {
    sessionSaved.publish(() => ({
      handle: handleOfName(name),
      isNew,
      tries,
      bytes: Buffer.byteLength(bytes),
    }));
    return { kind: 'saved', bytes };
  }
}

/** Waits a little after a try that others were faster in. */
export async function outOfStep(tries: number): Promise<void> {
  if (tries >= WAIT_FROM_TRY) await delay(Math.random() * 10);
}

export function changedTooOften(name: string, operation: string): SessionUnavailableError {
  const error = new SessionUnavailableError(
    `session ${handleOfName(name)} was changed by others during each of ${MOST_TRIES} tries to ${operation} it.`,
  );
  sessionUnavailable.publish(() => ({ operation, error }));
  return error;
}
