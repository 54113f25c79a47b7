import type { Browser } from '../browser.js';
import { handleOf } from '../library.js';
import type { KnownSessions, Known } from './known-sessions.js';
import { SessionHistory, type HistoryPlan, type Span } from './session-history.js';

/** Attributes that are set and removed. */
export const KEYS = ['a', 'b', 'c'] as const;

/** Writes down what clients saw of sessions. */
export class HistoryNotes {
  readonly history = new SessionHistory();
  #chains = 0;

  constructor(
    private readonly known: KnownSessions,
    private readonly plan: Pick<HistoryPlan, 'unlisted' | 'trustMs'>,
  ) {}

  /** For a session that takes the place of no other. */
  newChain(): number {
    return (this.#chains += 1);
  }

  born(browser: Browser, user: string, span: Span, chain = this.newChain()): void {
    this.note({ id: browser.id, user, cookie: browser.cookie ?? '', ...span }, chain);
  }

  note(born: Omit<Known, 'handle' | 'chain'>, chain: number): void {
    const known: Known = { ...born, handle: handleOf(born.id), chain };
    const { cookie: _, ...birth } = known;
    this.history.births.push(birth);
    this.known.add(known);
  }

  saw({ id }: Known, isAlive: boolean, by: string, span: Span): void {
    this.history.sightings.push({ id, isAlive, by, ...span });
    if (!isAlive) this.known.ended(id);
  }

  ended(ids: readonly string[], by: string, span: Span): void {
    this.history.endings.push({ ids, by, graceMs: 0, ...span });
    ids.forEach((id) => this.known.ended(id));
  }

  revoked(user: string, ids: readonly string[], by: string, span: Span): void {
    if (user !== this.plan.unlisted) return this.ended(ids, by, span);
    // Those that the index had lost are looked at until somebody finds that they have ended.
    this.history.endings.push({ ids, by, graceMs: this.plan.trustMs, ...span });
  }

  read({ chain }: Known, values: Record<string, unknown>, span: Span): void {
    const keys = [...KEYS, 'visits'];
    const read = Object.fromEntries(keys.map((key) => [key, values[key]]));
    this.history.readings.push({ chain, values: read, ...span });
  }
}
