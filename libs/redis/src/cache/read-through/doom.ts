/**
 * Tells those who work on something that its result will be of no use. Each load has one and hardly any is
 * used: an AbortController, which would do the same, costs more than the rest of a flight.
 */
export class Doom {
  #isDoomed = false;
  #listener: (() => void) | undefined;

  get isDoomed(): boolean {
    return this.#isDoomed;
  }

  /** Has one listener; the next one replaces it. Not called for a doom that has come already. */
  onDoom(listener: () => void): void {
    this.#listener = listener;
  }

  doom(): void {
    if (this.#isDoomed) return;
    this.#isDoomed = true;
    this.#listener?.();
  }
}
