import { batches } from '../common/batches.js';
import { BATCH } from './in-batches.js';
import type { KnownOwner } from './session-ending.js';
import type { SessionEnd } from './session-ends.js';

/** Pause between two rounds, so that an end is told about a second after Redis answers again. */
const PAUSE_MS = 1000;
/** A command that was lost on its way may still arrive, but not long after Redis answers others. */
const MOST_IN_VAIN = 3;
/** In a long outage; the ends of the rest are not told. */
const MOST_WAITING = 10_000;

/** An end that was sent, and of which nothing was heard. */
export interface UnansweredEnd {
  readonly name: string;
  readonly end: SessionEnd;
  readonly known?: KnownOwner | undefined;
  /** The mark that it leaves, and no other end. */
  readonly mark: string;
}

export interface UnansweredEndsParts {
  /** What is marked where a session has ended; null where nothing is. Rejects while Redis gives no answer. */
  readonly markOf: (name: string) => Promise<string | null>;
  /** Told of an end that took place. */
  readonly happened: (end: UnansweredEnd) => void;
  /** True while nothing needs to be asked, since Redis is down. */
  readonly isDown: () => boolean;
}

/**
 * Finds out what became of ends whose reply was lost with its connection. The mark says who ended a session, so one
 * that did asks for its own: of all that tried, one is told so. It never ends anything: whoever asked was told that
 * it failed, and may have gone on with the session since.
 */
export class UnansweredEnds {
  readonly #waiting = new Map<string, { readonly end: UnansweredEnd; inVain: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(private readonly parts: UnansweredEndsParts) {}

  add(end: UnansweredEnd): void {
    // An expiry has no mark of its own: the sweeper tells of it.
    if (end.mark === '' || this.#waiting.size >= MOST_WAITING) return;
    this.#waiting.set(end.mark, { end, inVain: 0 });
    this.#plan();
  }

  /** Ends the questions, with the application. What was not found out by then is not told. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    if (this.#isStopped || this.#timer || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => void this.#round(), PAUSE_MS).unref();
  }

  async #round(): Promise<void> {
    for (const batch of batches([...this.#waiting.values()], BATCH)) {
      if (this.#isStopped || this.parts.isDown()) break;
      await Promise.all(batch.map((one) => this.#ask(one)));
    }
    this.#timer = undefined;
    this.#plan();
  }

  async #ask(one: { readonly end: UnansweredEnd; inVain: number }): Promise<void> {
    const { markOf, happened } = this.parts;
    const { end } = one;
    try {
      const found = await markOf(end.name);
      const isOurs = found === end.mark;
      if (!isOurs && (one.inVain += 1) < MOST_IN_VAIN) return;
      this.#waiting.delete(end.mark);
      if (isOurs) happened(end);
    } catch {
      // The deadline has published it; the next round asks again.
    }
  }
}
