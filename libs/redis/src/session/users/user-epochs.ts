import { LRUCache } from 'lru-cache';
import type { Epoch } from './epoch.js';
import type { UserIndex } from './user-index.js';

/**
 * For so long a process goes by the epoch that it has seen. It bounds nothing that the index knows, since
 * those sessions are deleted at once; it is how late a session that the index had lost may be refused.
 */
const TRUST_MS = 1000;
/** Sessions and users that a process remembers; for others a read takes a second round trip. */
const MOST_REMEMBERED = 20_000;

interface KnownEpoch {
  readonly epoch: Epoch;
  /** When Redis was asked, by the process' own monotonic clock. */
  readonly askedAt: number;
}

/**
 * The epochs of the users whose sessions this process reads. In a Cluster a session and its user's epoch
 * lie in two slots, so no script can read both. Whose session it is, the process remembers from the last
 * time, so the two are asked for together: one round trip, and the epoch at most once a second per user.
 * Only the first read of a session in a process asks for one after the other.
 */
export class UserEpochs {
  readonly #users = new LRUCache<string, string>({ max: MOST_REMEMBERED });
  readonly #epochs = new LRUCache<string, KnownEpoch>({ max: MOST_REMEMBERED });

  constructor(
    private readonly index: Pick<UserIndex, 'epoch'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Asks for the epoch of the session's user, if that is known and the last answer is too old. */
  ahead(name: string): Promise<unknown> | undefined {
    const userId = this.#users.get(name);
    return userId === undefined || this.#known(userId) ? undefined : this.ask(userId);
  }

  /** The epoch of a user if the last answer is not too old; remembers that the session is theirs. */
  of(name: string, userId: string): Epoch | undefined {
    this.#users.set(name, userId);
    return this.#known(userId);
  }

  /** The epoch of a user as Redis has it. */
  async ask(userId: string): Promise<Epoch> {
    const askedAt = this.now();
    return this.learn(userId, await this.index.epoch(userId), askedAt);
  }

  /**
   * Takes in an epoch that came with another answer.
   *
   * @param askedAt `performance.now()` before the question went out
   * @returns the epoch that holds: answers may arrive in another order than they were given, and Redis may have lost it
   */
  learn(userId: string, epoch: Epoch, askedAt: number): Epoch {
    const known = this.#known(userId);
    if (known && known.number > epoch.number) return known;
    this.#epochs.set(userId, { epoch, askedAt });
    return epoch;
  }

  /** After the user's keys were deleted. */
  forgetUser(userId: string): void {
    this.#epochs.delete(userId);
  }

  remember(name: string, userId: string): void {
    this.#users.set(name, userId);
  }

  userOf(name: string): string | undefined {
    return this.#users.get(name);
  }

  forget(name: string): void {
    this.#users.delete(name);
  }

  #known(userId: string): Epoch | undefined {
    const known = this.#epochs.get(userId);
    return known && this.now() - known.askedAt < TRUST_MS ? known.epoch : undefined;
  }
}
