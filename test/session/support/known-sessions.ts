import { pick, type Random } from './history-steps.js';
import type { Birth } from './session-history.js';

export interface Known extends Birth {
  readonly cookie: string;
}

/** Only sessions of the last moments are looked at. */
const RECENT = 24;
/** So often one that should be alive; else one of all, most of which have just ended. */
const LIVING = 0.8;

/** The sessions that clients were told of, by user. */
export class KnownSessions {
  readonly #ofUser = new Map<string, Known[]>();
  readonly #ofHandle = new Map<string, Known>();
  /** Sessions that somebody knows to have ended. */
  readonly #over = new Set<string>();

  get ids(): string[] {
    return [...this.#ofHandle.values()].map(({ id }) => id);
  }

  add(known: Known): void {
    this.#ofHandle.set(known.handle, known);
    const before = this.#ofUser.get(known.user) ?? [];
    this.#ofUser.set(known.user, [...before.slice(-200), known]);
  }

  ended(id: string): void {
    this.#over.add(id);
  }

  allOf(user: string): readonly Known[] {
    return this.#ofUser.get(user) ?? [];
  }

  idsOf(user: string): string[] {
    return this.allOf(user).map(({ id }) => id);
  }

  ofHandle(handle: string): Known | undefined {
    return this.#ofHandle.get(handle);
  }

  hasLiving(user: string): boolean {
    return this.idsOf(user).some((id) => !this.#over.has(id));
  }

  /** One of a user's sessions, mostly a living one; undefined where there is none. */
  pick(user: string, random: Random): Known | undefined {
    const recent = (this.#ofUser.get(user) ?? []).slice(-RECENT);
    const living = recent.filter(({ id }) => !this.#over.has(id));
    const from = living.length > 0 && random() < LIVING ? living : recent;
    return from.length > 0 ? pick(from, random) : undefined;
  }
}
