/** A change as it stands in the stream. */
export interface RecordedChange {
  readonly key: string;
  readonly kind: 'set' | 'delete';
  /** The entry as Redis stores it; empty for a deletion. */
  readonly payload: Buffer;
  readonly version: number;
}

/** What the source has to be told about one key: its newest change, for all that came before it. */
export interface Task {
  /** Token of the lease under which the changes were taken. */
  readonly token: string;
  readonly newest: RecordedChange;
  /** Versions of every change that this task settles, the newest among them. */
  readonly versions: ReadonlySet<number>;
  /** Failed tries so far. */
  readonly attempts: number;
  /** Not to be tried before; milliseconds. */
  readonly dueAt: number;
}

interface OpenTask extends Task {
  newest: RecordedChange;
  readonly versions: Set<number>;
  attempts: number;
  dueAt: number;
}

/**
 * Changes taken from the streams and not settled yet, one task per key. A later change of a key joins the
 * task that waits, so a retry always writes the newest value and never one that was overtaken.
 */
export class ChangeLedger {
  readonly #tasks = new Map<string, OpenTask>();

  get size(): number {
    return this.#tasks.size;
  }

  /** The earliest time at which a task is due; Infinity when there is none. */
  get nextDueAt(): number {
    let earliest = Infinity;
    for (const { dueAt } of this.#tasks.values()) earliest = Math.min(earliest, dueAt);
    return earliest;
  }

  /** Call it only between two writes: a task under way must not grow. */
  add(token: string, change: RecordedChange): void {
    const { key, version } = change;
    const open = this.#tasks.get(key);
    if (open?.token !== token) {
      const versions = new Set([version]);
      this.#tasks.set(key, { token, newest: change, versions, attempts: 0, dueAt: 0 });
      return;
    }
    open.versions.add(version);
    if (version > open.newest.version) open.newest = change;
  }

  due(now: number): Task[] {
    return [...this.#tasks.values()].filter(({ dueAt }) => dueAt <= now);
  }

  /** The task is over: written, buried, or somebody else's. */
  remove({ newest }: Task): void {
    this.#tasks.delete(newest.key);
  }

  /** The task waits. @param attempts failed tries so far */
  postpone({ newest }: Task, dueAt: number, attempts: number): void {
    const open = this.#tasks.get(newest.key);
    if (open) Object.assign(open, { dueAt, attempts });
  }

  /** Forgets the tasks of all other leases. */
  keepOnly(tokens: ReadonlySet<string>): void {
    for (const [key, { token }] of this.#tasks) if (!tokens.has(token)) this.#tasks.delete(key);
  }

  /** Forgets the tasks of a lease. */
  forget(lease: string): void {
    for (const [key, { token }] of this.#tasks) if (token === lease) this.#tasks.delete(key);
  }
}
