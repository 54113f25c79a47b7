import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Loads many keys by one call.
 *
 * @param keys those to load, each once, at most 500
 * @returns what was found; a key that is missing, or that has undefined, stores nothing
 */
export type BatchLoader<T> = (
  keys: readonly string[],
) => Promise<ReadonlyMap<string, T>> | ReadonlyMap<string, T>;

interface Batch<T> {
  readonly keys: string[];
  readonly loaded: Promise<ReadonlyMap<string, T>>;
}

/** Turns loads of single keys into batches: those that begin within one turn of the event loop go together. */
export class Gather<T> {
  #next: Batch<T> | undefined;

  constructor(
    private readonly load: BatchLoader<T>,
    private readonly mostKeys = 500,
  ) {}

  /** A loader of one key, for whoever loads keys one by one. @param key as the batch loader knows it */
  loader(key: string): () => Promise<T> {
    return () => this.#ask(key);
  }

  async #ask(key: string): Promise<T> {
    const batch = (this.#next ??= this.#open());
    batch.keys.push(key);
    if (batch.keys.length === this.mostKeys) this.#next = undefined;
    // Undefined stores nothing.
    return (await batch.loaded).get(key) as T;
  }

  #open(): Batch<T> {
    const keys: string[] = [];
    const loaded = nextTurn().then(() => {
      if (this.#next?.keys === keys) this.#next = undefined;
      return this.load(keys);
    });
    return { keys, loaded };
  }
}
