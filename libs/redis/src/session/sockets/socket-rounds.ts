import { Background } from '../../common/background.js';
import { systemClock, type Clock } from '../../common/clock.js';
import { SessionUnavailableError } from '../session.errors.js';
import type { LoadedSession } from '../session-lookup.js';
import { absoluteTimeLeftMs, idleTimeMs, type SessionLifetime } from '../session-lifetime.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import type { RedisSessionStore } from '../session.store.js';
import { userOf } from '../users/session-registry.js';
import type { SocketEnd } from './session-socket.js';
import type { Seat, SocketSeats } from './socket-seats.js';

/** Sessions asked for at a time: one write to the connection, one answer each. */
const BATCH = 100;
/** A session at its very end is not asked for more often. */
const LEAST_PAUSE_MS = 50;
/** With `renewBelow: 1`, messages renew a session only once per twentieth of its idle time. */
const LEAST_STEP = 0.05;
const CLOSE_LIMIT_MS = 2000;

const ENDED: SocketEnd = { code: 1008, reason: 'session ended' };
const UNCONFIRMED: SocketEnd = { code: 1011, reason: 'sessions unavailable' };

export interface SocketRoundsStore {
  readonly sessions: Pick<RedisSessionStore['sessions'], 'load'>;
  renew(id: string): Promise<unknown>;
}

export interface SocketRoundsParts {
  readonly seats: Pick<SocketSeats, 'known' | 'sessions'>;
  readonly store: SocketRoundsStore;
  readonly options: SessionLifetime & Pick<ResolvedSessionOptions, 'sockets'>;
  /** Told of errors that nobody foresaw. Those of Redis are published as events. */
  readonly failed: (error: unknown) => void;
  readonly clock?: Clock;
}

/**
 * Looks whether the sessions of the sockets still live: events between nodes may be lost, and time passes without one.
 * All of them once per check interval; one whose end is near when it comes, without the others. Looking renews
 * nothing. While Redis gives no answer, a socket stays open until the end that its session had when it was last seen.
 */
export class SocketRounds {
  readonly #background = new Background();
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  /** When all sessions are looked at again. */
  #checkAt = Infinity;
  #isRunning = false;
  #isStopped = false;

  constructor(private readonly parts: SocketRoundsParts) {
    this.#clock = parts.clock ?? systemClock;
  }

  /** From now on the seat's session is looked after. */
  watch(seat: Seat, found: LoadedSession): void {
    this.#note(seat, found);
    this.noteActivity(seat);
    this.#plan(seat.endsAt);
  }

  /** A message came: with `session.sockets.touch` that renews the session, once per tenth of its idle time. */
  noteActivity(seat: Seat): void {
    const { store, options } = this.parts;
    const { session } = seat;
    const now = this.#clock.now();
    if (!options.sockets.touch || !session || now < seat.renewAt) return;
    seat.renewAt = now + options.idleTimeoutMs * Math.max(1 - options.renewBelow, LEAST_STEP);
    // Nobody waits for it. A failure is published as an event, and a later message tries again.
    const failed = (): void => {
      seat.renewAt = 0;
    };
    this.#background.run(() => store.renew(session.id), failed);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#background.close(CLOSE_LIMIT_MS);
  }

  #plan(earliestEnd: number): void {
    if (this.#isStopped || this.#isRunning) return;
    const now = this.#clock.now();
    // By `min`, since the clock of the system may be set back.
    this.#checkAt = Math.min(this.#checkAt, now + this.parts.options.sockets.checkIntervalMs);
    const dueAt = Math.min(Math.max(earliestEnd, now + LEAST_PAUSE_MS), this.#checkAt);
    if (this.#timer && this.#dueAt <= dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#begin(), dueAt - now).unref();
  }

  #begin(): void {
    this.#isRunning = true;
    this.#timer = undefined;
    const ended = (): void => {
      this.#isRunning = false;
      const earliestEnd = this.#earliestEnd();
      if (earliestEnd === undefined) this.#checkAt = Infinity;
      else this.#plan(earliestEnd);
    };
    this.#background.run(() => this.#round().finally(ended), this.parts.failed);
  }

  async #round(): Promise<void> {
    const sessions = this.#dueSessions();
    for (let at = 0; at < sessions.length && !this.#isStopped; at += BATCH) {
      const batch = sessions.slice(at, at + BATCH);
      const answers = await Promise.all(batch.map((seats) => this.#look(seats)));
      // The others would wait for their deadlines in vain.
      if (answers.includes('unavailable')) return this.#endOverdue(this.parts.seats.known());
    }
  }

  /** All of them once per check interval; before that those that end by now. */
  #dueSessions(): Seat[][] {
    const { seats } = this.parts;
    const now = this.#clock.now();
    if (now < this.#checkAt) return seats.sessions(now);
    this.#checkAt = Infinity;
    return seats.sessions();
  }

  /** Undefined where there is nothing to look after. A loop: of so many, arguments of `Math.min` overflow the stack. */
  #earliestEnd(): number | undefined {
    let earliest: number | undefined;
    for (const { endsAt } of this.parts.seats.known())
      earliest = Math.min(earliest ?? Infinity, endsAt);
    return earliest;
  }

  async #look(seats: readonly Seat[]): Promise<'told' | 'failed' | 'unavailable'> {
    const id = seats[0]?.session?.id;
    if (id === undefined) return 'told';
    try {
      const found = await this.parts.store.sessions.load(id);
      for (const seat of seats) this.#judge(seat, found);
      return 'told';
    } catch (error) {
      if (error instanceof SessionUnavailableError) return 'unavailable';
      // One session that cannot be read keeps nobody from looking at the others.
      this.parts.failed(error);
      this.#endOverdue(seats);
      return 'failed';
    }
  }

  #judge(seat: Seat, found: LoadedSession | undefined): void {
    if (!seat.session) return;
    if (found && userOf(found.record) === seat.session.userId) this.#note(seat, found);
    else seat.end(ENDED);
  }

  #note(seat: Seat, { record, leftMs }: LoadedSession): void {
    const { options } = this.parts;
    const now = this.#clock.now();
    const idleLeftMs = leftMs < 0 ? idleTimeMs(record, options) : leftMs;
    seat.endsAt = now + Math.min(idleLeftMs, absoluteTimeLeftMs(record, options, now));
  }

  /** Nobody knows whether these still live, and by all that was known they do not. */
  #endOverdue(seats: Iterable<Seat>): void {
    const now = this.#clock.now();
    for (const seat of seats) if (seat.endsAt <= now) seat.end(UNCONFIRMED);
  }
}
