import { isError } from '../../common/errors.js';
import { meansUnavailable } from '../../connection/redis-gate.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { InvalidationBus } from './invalidation-bus.js';
import type { Invalidation } from './invalidation-message.js';
import type { PendingInvalidations } from './pending-invalidations.js';

export interface InvalidatorOptions {
  readonly bus: InvalidationBus;
  readonly pending: PendingInvalidations;
}

export interface Change<R> {
  readonly invalidation: Invalidation;
  /** Name of the operation, for events and logs. */
  readonly operation: string;
  readonly failures: FailurePolicy;
  readonly inRedis: () => Promise<R>;
  /** Called between the change and the message to the others, where memory may take in what was written. */
  readonly changed?: () => void;
}

/**
 * Makes something invalid everywhere: here, in Redis, and by message on the other nodes. What Redis
 * does not take becomes pending, and is made up for before Redis is trusted again.
 */
export class Invalidator {
  constructor(private readonly options: InvalidatorOptions) {}

  /** @returns what the change in Redis returned; undefined when Redis did not take it */
  async run<R>(change: Change<R>): Promise<R | undefined> {
    const { bus, pending } = this.options;
    const { invalidation } = change;
    bus.announce(invalidation);
    const outcome = await this.#inRedis(change);
    // Again: reads and loads that began meanwhile may have seen the old state.
    bus.announce(invalidation);
    change.changed?.();
    if (outcome.kind === 'failed') await this.#makeUpFor(change, outcome.error);
    else if (!(await bus.publish(invalidation))) pending.add(invalidation);
    return outcome.kind === 'done' ? outcome.result : undefined;
  }

  async #inRedis<R>({
    inRedis,
    operation,
    failures,
  }: Change<R>): Promise<
    | { readonly kind: 'done'; readonly result: R }
    | { readonly kind: 'failed'; readonly error: Error }
  > {
    try {
      return { kind: 'done', result: await inRedis() };
    } catch (error) {
      failures.report(operation, error);
      return { kind: 'failed', error: isError(error) ? error : new Error(String(error)) };
    }
  }

  /** A refused write (out of memory) may leave the old entry behind, and Redis does take its removal. */
  async #makeUpFor({ invalidation, failures }: Change<unknown>, error: Error): Promise<void> {
    const { pending } = this.options;
    pending.add(invalidation);
    if (meansUnavailable(error)) return;
    await failures.attempt('invalidate', () => pending.settle(), undefined);
  }
}
