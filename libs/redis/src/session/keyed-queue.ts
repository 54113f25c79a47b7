/**
 * Runs the work for one key one after another, each with the result of the one before it. Work for
 * different keys runs side by side.
 */
export class KeyedQueue<Result> {
  readonly #tails = new Map<string, Promise<Result | undefined>>();

  /** True while work for the key runs or waits. */
  isBusy(key: string): boolean {
    return this.#tails.has(key);
  }

  /** @param work gets the result of its predecessor while there is one, undefined if that failed */
  run(key: string, work: (previous: Result | undefined) => Promise<Result>): Promise<Result> {
    const waiting = this.#tails.get(key);
    const running = (waiting ? waiting.then(work) : work(undefined)).finally(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    // The tail never rejects: a failure is its own caller's, not that of the next in line.
    const tail = running.catch(() => undefined);
    this.#tails.set(key, tail);
    return running;
  }
}
