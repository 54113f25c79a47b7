/**
 * Keeps an old value out of memory. A read of Redis may be answered before an invalidation and
 * arrive after it. So each read is registered before it is sent; an invalidation breaks the reads
 * under way, and what a broken read brings is used once but not kept.
 */
export class ReadFence {
  readonly #reads = new Map<string, Set<FencedRead>>();

  /** Registers a read of a name. Call `end` when it is over. */
  begin(name: string): FencedRead {
    const read: FencedRead = { isIntact: true };
    const reads = this.#reads.get(name);
    if (reads) reads.add(read);
    else this.#reads.set(name, new Set([read]));
    return read;
  }

  end(name: string, read: FencedRead): void {
    const reads = this.#reads.get(name);
    if (!reads?.delete(read) || reads.size > 0) return;
    this.#reads.delete(name);
  }

  break(name: string): void {
    for (const read of this.#reads.get(name) ?? []) read.isIntact = false;
  }

  breakAll(): void {
    for (const name of this.#reads.keys()) this.break(name);
  }
}

export interface FencedRead {
  /** False once the name was invalidated after the read began. */
  isIntact: boolean;
}
