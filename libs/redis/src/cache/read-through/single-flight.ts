interface Flight<T> {
  readonly promise: Promise<T>;
  readonly names: ReadonlySet<string>;
}

/** Lets the callers of one key in this process share one run, its result and its error. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  get size(): number {
    return this.#flights.size;
  }

  /**
   * Joins the flight of the key, or starts one.
   *
   * @param names generations that the result will depend on
   */
  run(key: string, names: readonly string[], start: () => Promise<T>): Promise<T> {
    const running = this.#flights.get(key);
    if (running) return running.promise;
    const promise = start().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    const flight: Flight<T> = { promise, names: new Set(names) };
    this.#flights.set(key, flight);
    return promise;
  }

  isFlying(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Nobody joins the flight from now on: its value is older than the invalidation that just happened. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  forgetNames(names: readonly string[]): void {
    for (const [key, flight] of this.#flights) {
      if (names.some((name) => flight.names.has(name))) this.#flights.delete(key);
    }
  }

  forgetAll(): void {
    this.#flights.clear();
  }
}
