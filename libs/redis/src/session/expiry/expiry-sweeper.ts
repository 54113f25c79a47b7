import { Background } from '../../common/background.js';
import { Deadline } from '../deadline.js';
import type { SessionBreaker } from '../session-breaker.js';
import type { SessionEvents } from '../session-events.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import type { SessionRepository } from '../session-repository.js';
import { SHARDS, type DueSession, type ExpirySchedule } from './expiry-schedule.js';

/** A node that died in the middle of its batch is stood in for after this time. */
const LEASE_MS = 30_000;
/** Sessions looked after at a time. */
const BATCH = 100;
/** Longest wait for a batch that runs while the application closes. */
const CLOSE_LIMIT_MS = 2000;

export interface ExpirySweeperParts {
  readonly schedule: ExpirySchedule;
  readonly sessions: Pick<SessionRepository, 'timeToLive' | 'isEnded'>;
  readonly events: SessionEvents;
  readonly options: Pick<ResolvedSessionOptions, 'deadlineMs' | 'idleTimeoutMs'>;
  readonly breaker?: SessionBreaker;
  /** Pause between two rounds. */
  readonly intervalMs: number;
  /** For tests. Default 30 s. */
  readonly leaseMs?: number;
}

interface LookedUp {
  readonly handle: string;
  readonly leftMs: number;
  /** Somebody ended it while it was due, and reports that. */
  readonly isEnded: boolean;
}

/**
 * Reports sessions that expired. All nodes look through the schedule in turns; each due session is claimed by one,
 * and reported by the one that takes it off the schedule. Keyspace notifications could not do that: every node
 * gets them, none keeps them while the nodes are down, and an evicted session sends none of that kind.
 */
export class ExpirySweeper {
  readonly #background = new Background();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(private readonly parts: ExpirySweeperParts) {}

  start(): void {
    this.#plan();
  }

  /** Ends the rounds; what this node has claimed and not settled, another node will claim. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#background.close(CLOSE_LIMIT_MS);
  }

  /**
   * One round through all shards, until nothing is due.
   *
   * @throws SessionUnavailableError
   */
  async sweep(): Promise<void> {
    const first = Math.floor(Math.random() * SHARDS.length);
    // Nodes begin at different shards, so that they do not wait for each other's batches.
    const shards = [...SHARDS.slice(first), ...SHARDS.slice(0, first)];
    for (const shard of shards) {
      while (!this.#isStopped && (await this.#sweepBatch(shard)) === BATCH);
    }
  }

  #plan(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.#round(), this.parts.intervalMs).unref();
  }

  #round(): void {
    // A failure is published as an event by the deadline, and the next round tries again.
    const ended = (): void => this.#plan();
    this.#background.run(() => this.sweep().then(ended), ended);
  }

  /** @returns how many sessions were claimed */
  async #sweepBatch(shard: string): Promise<number> {
    const { schedule, leaseMs = LEASE_MS } = { ...this.parts };
    const due = await this.#step(() => schedule.claim(shard, { leaseMs, limit: BATCH }));
    if (due.length === 0) return 0;
    const found = await this.#step(() => Promise.all(due.map((one) => this.#look(one))));
    const gone = new Set(await this.#step(() => schedule.settle(shard, found)));
    const ended = new Set(found.filter(({ isEnded }) => isEnded).map(({ handle }) => handle));
    for (const { handle, userId } of due) {
      if (gone.has(handle) && !ended.has(handle))
        this.parts.events.publish('expired', { handle, userId });
    }
    return due.length;
  }

  async #look({ handle, name }: DueSession): Promise<LookedUp> {
    const { sessions, options } = this.parts;
    const leftMs = name === '' ? -2 : await sessions.timeToLive(name);
    const isEnded = leftMs === -2 && name !== '' && (await sessions.isEnded(name));
    // Another program stored it without an expiry: look again later.
    return { handle, leftMs: leftMs === -1 ? options.idleTimeoutMs : leftMs, isEnded };
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    const { options, breaker } = this.parts;
    return new Deadline('sweep', options.deadlineMs, breaker).step(work);
  }
}
