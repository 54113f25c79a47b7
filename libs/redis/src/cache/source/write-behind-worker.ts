import { setTimeout as sleep } from 'node:timers/promises';
import { asError } from '../../common/errors.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { WakeUps } from '../invalidation/wake-ups.js';
import type { ChangeLedger, Task } from './change-ledger.js';
import type { FailedWrites } from './failed-writes.js';
import type { ShardLease, ShardLeases } from './shard-leases.js';
import type { ShardQueue } from './shard-queue.js';
import { sourceWrite } from './source.events.js';
import type { ResolvedWriteBehind } from './source.options.js';
import { hasFailed, type SourceWriter } from './source-writer.js';

/** A worker looks again after this time although nobody woke it: pub/sub delivers at most once. */
const LOOK_AGAIN_MS = 500;
/** Batches of changes that may wait in memory for a retry; until then other keys go on. */
const MOST_HELD_BATCHES = 10;

export interface WriteBehindWorkerOptions<T> {
  readonly cache: string;
  readonly limits: ResolvedWriteBehind;
  readonly leases: ShardLeases;
  readonly queue: ShardQueue;
  readonly writer: SourceWriter<T>;
  readonly ledger: ChangeLedger;
  readonly failed: FailedWrites;
  readonly wakeUps: WakeUps;
  readonly wakeMessage: string;
  readonly failures: FailurePolicy;
}

/**
 * Brings changes to the source, in rounds: take, write, settle. One round at a time, so a later change of a
 * key is never written before an earlier one is settled or replaced by it; and one owner per shard.
 *
 * Whatever Redis does not answer makes the shard start over: forget what was taken, claim it again.
 */
export class WriteBehindWorker<T> {
  #loop: Promise<void> | undefined;
  readonly #stop = new AbortController();
  /** Of `performance.now()`; set when the end is near. */
  #drainUntil: number | undefined;
  #balanceAt = 0;
  /** The last round took all it could, or only what was handed out before, so there is nothing to wait for. */
  #hasMore = false;

  constructor(private readonly options: WriteBehindWorkerOptions<T>) {}

  start(): void {
    if (this.#loop) return;
    this.options.leases.start();
    this.#loop = this.#run();
  }

  /** Writes what waits, at most for the time of `drain`; the rest stays in Redis for the next process. */
  async stop(): Promise<void> {
    const { limits, leases, failures, wakeUps, wakeMessage } = this.options;
    if (!this.#loop) return;
    this.#drainUntil = performance.now() + limits.drainMs;
    this.#stop.abort();
    wakeUps.ring(wakeMessage);
    const limit = sleep(limits.drainMs + LOOK_AGAIN_MS, false, { ref: false });
    const isIdle = await Promise.race([this.#loop.then(() => true), limit]);
    // With a write still under way the leases have to end by themselves, or the next owner writes beside it.
    if (isIdle) await failures.attempt('release', () => leases.giveBack(), undefined);
    leases.stop();
  }

  async #run(): Promise<void> {
    const { wakeUps, wakeMessage, failures, limits } = this.options;
    while (!this.#isOver) {
      const wakeUp = wakeUps.register(wakeMessage);
      try {
        const didWrite = await this.#round();
        if (didWrite) await this.#sleep(this.#hasMore ? 0 : limits.delayMs);
        else if (this.#hasMore) continue;
        else if (this.#isStopping && this.#isDrained) return;
        else await wakeUp.wait(this.#idleMs);
      } catch (error) {
        failures.note('write-behind', asError(error));
        await this.#sleep(LOOK_AGAIN_MS);
      } finally {
        wakeUp.done();
      }
    }
  }

  get #isStopping(): boolean {
    return this.#drainUntil !== undefined;
  }

  /** A shard that could not be read, or whose lease was lost, may still hold changes. */
  get #isDrained(): boolean {
    const { ledger, leases } = this.options;
    if (ledger.size > 0 || leases.isShort) return false;
    return leases.held.every(({ mustClaim }) => !mustClaim);
  }

  get #isOver(): boolean {
    return this.#drainUntil !== undefined && performance.now() > this.#drainUntil;
  }

  get #idleMs(): number {
    const untilDue = this.options.ledger.nextDueAt - performance.now();
    return Math.min(LOOK_AGAIN_MS, Math.max(10, untilDue));
  }

  /** @returns whether the source took something */
  async #round(): Promise<boolean> {
    const { leases, ledger, writer, failed } = this.options;
    await this.#balance();
    ledger.keepOnly(tokensOf(leases));
    this.#hasMore = false;
    if (!failed.isPaused(performance.now())) await this.#take();
    const owned = tokensOf(leases);
    const began = performance.now();
    const due = ledger.due(began).filter(({ token }) => owned.has(token));
    if (due.length === 0) return false;
    const outcomes = await writer.write(due);
    const written = outcomes.filter(({ kind }) => kind === 'written').map(({ task }) => task);
    await this.#settle(written, performance.now() - began);
    await failed.keep(outcomes.filter(hasFailed), performance.now());
    return written.length > 0;
  }

  /**
   * Between two rounds only: whoever is given a shard may write at once. At its end a process takes none that
   * others would, but those that it has lost and nobody has: a machine that stalls loses all of them.
   */
  async #balance(): Promise<void> {
    const { leases, limits } = this.options;
    if (this.#isStopping ? !leases.isShort : performance.now() < this.#balanceAt) return;
    await leases.balance();
    this.#balanceAt = performance.now() + limits.leaseMs / 4;
  }

  async #take(): Promise<void> {
    const { leases, ledger, limits } = this.options;
    const { held } = leases;
    const count = Math.ceil(limits.batchSize / Math.max(1, held.length));
    const isFull = ledger.size >= limits.batchSize * MOST_HELD_BATCHES;
    const able = held.filter(({ mustClaim }) => mustClaim || !isFull);
    await Promise.all(
      able.map((lease) => this.#orStartOver(lease, () => this.#takeFrom(lease, count))),
    );
  }

  async #takeFrom(lease: ShardLease, count: number): Promise<void> {
    const { queue, ledger, leases } = this.options;
    const changes = await (lease.mustClaim ? queue.claim(lease, count) : queue.take(lease, count));
    if (!changes) return leases.drop(lease);
    if (lease.mustClaim || changes.length >= count) this.#hasMore = true;
    lease.mustClaim = false;
    for (const change of changes) ledger.add(lease.token, change);
  }

  async #settle(written: readonly Task[], durationMs: number): Promise<void> {
    if (written.length === 0) return;
    const { cache, ledger, queue, leases, failed } = this.options;
    failed.recovered();
    sourceWrite.publish(() => ({ cache, durationMs, ...sizeOf(written) }));
    await Promise.all(
      leases.held.map((lease) =>
        this.#orStartOver(lease, async () => {
          const tasks = written.filter(({ token }) => token === lease.token);
          if (tasks.length > 0 && !(await queue.settle(lease, tasks))) leases.drop(lease);
        }),
      ),
    );
    for (const task of written) ledger.remove(task);
  }

  async #orStartOver(lease: ShardLease, run: () => Promise<void>): Promise<void> {
    const { ledger, failures } = this.options;
    try {
      await run();
    } catch (error) {
      ledger.forget(lease.token);
      lease.mustClaim = true;
      failures.note('write-behind', asError(error));
    }
  }

  /** Ends early when the worker is to stop; from then on it hardly waits for more changes to gather. */
  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#stop;
    const options = signal.aborted ? { ref: false } : { ref: false, signal };
    await sleep(signal.aborted ? Math.min(ms, 20) : ms, undefined, options).catch(() => undefined);
  }
}

function tokensOf({ held }: ShardLeases): Set<string> {
  return new Set(held.map(({ token }) => token));
}

function sizeOf(tasks: readonly Task[]): { keys: number; changes: number } {
  return {
    keys: tasks.length,
    changes: tasks.reduce((sum, { versions }) => sum + versions.size, 0),
  };
}
