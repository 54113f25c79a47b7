import type { FailurePolicy } from '../failure-policy.js';
import { backOffMs } from './back-off.js';
import type { ChangeLedger, Task } from './change-ledger.js';
import type { ShardLease, ShardLeases } from './shard-leases.js';
import type { ShardQueue } from './shard-queue.js';
import { deadLetter, sourceRetry } from './source.events.js';
import type { ResolvedWriteBehind } from './source.options.js';
import type { FailedOutcome } from './source-writer.js';

export interface FailedWritesOptions {
  readonly cache: string;
  readonly limits: ResolvedWriteBehind;
  readonly ledger: ChangeLedger;
  readonly leases: ShardLeases;
  readonly queue: ShardQueue;
  readonly failures: FailurePolicy;
  /** Told of a key whose change was given up: what nodes hold of it in memory is not in the source. */
  readonly onBuried: (key: string) => Promise<unknown>;
}

/**
 * What becomes of changes that the source did not take. While it is down, everything waits and nothing counts
 * as a try. What it refuses is tried again by itself, later and later, and in the end buried.
 */
export class FailedWrites {
  #outages = 0;
  #pausedUntil = 0;

  constructor(private readonly options: FailedWritesOptions) {}

  /** True while the source is believed to be down: no further changes are taken from Redis. */
  isPaused(now: number): boolean {
    return now < this.#pausedUntil;
  }

  /** The source has taken something. */
  recovered(): void {
    this.#outages = 0;
  }

  async keep(outcomes: readonly FailedOutcome[], now: number): Promise<void> {
    const [first] = outcomes;
    if (!first) return;
    const { cache, ledger } = this.options;
    const isOutage = outcomes.some(({ kind }) => kind === 'outage');
    const keys = outcomes.length;
    sourceRetry.publish(() => ({ cache, keys, isOutage, error: first.error }));
    if (isOutage) this.#pause(now);
    for (const { kind, task, error } of outcomes) {
      if (kind === 'outage') ledger.postpone(task, this.#pausedUntil, task.attempts);
      else await this.#fail(task, error, now);
    }
  }

  #pause(now: number): void {
    this.#outages += 1;
    this.#pausedUntil = now + this.#backOff(this.#outages);
  }

  async #fail(task: Task, error: Error, now: number): Promise<void> {
    const { leases, ledger, limits, failures } = this.options;
    const attempts = task.attempts + 1;
    // Postponed in any case: a burial that Redis does not take is tried again after one more failure.
    ledger.postpone(task, now + this.#backOff(attempts), Math.min(attempts, limits.attempts - 1));
    const lease = leases.held.find(({ token }) => token === task.token);
    if (attempts < limits.attempts || !lease) return;
    await failures.attempt('bury', () => this.#bury(lease, task, error), undefined);
  }

  async #bury(lease: ShardLease, task: Task, error: Error): Promise<void> {
    const { cache, ledger, queue, leases, onBuried, limits } = this.options;
    const { key, version } = task.newest;
    if (!(await queue.bury(lease, task, error, limits.attempts))) return leases.drop(lease);
    ledger.remove(task);
    deadLetter.publish(() => ({ cache, key, version, attempts: limits.attempts, error }));
    await onBuried(key);
  }

  #backOff(failures: number): number {
    const { retryDelayMs, maxRetryDelayMs } = this.options.limits;
    return backOffMs(failures, { firstMs: retryDelayMs, ceilingMs: maxRetryDelayMs });
  }
}
