/** One question at a time, and its answer for whoever asks within a while: many viewers cost as much as one. */
export class SharedAnswer<T> {
  #answer: Promise<T> | undefined;
  #freshUntil = 0;

  /** @param freshMs how long an answer is passed on, counted from its arrival */
  constructor(
    private readonly ask: () => Promise<T>,
    private readonly freshMs: number,
  ) {}

  get(): Promise<T> {
    if (this.#answer && performance.now() < this.#freshUntil) return this.#answer;
    const asked = this.ask();
    this.#answer = asked;
    this.#freshUntil = Infinity;
    const keepFor = (ms: number) => (): void => {
      // What was forgotten meanwhile was asked before the change.
      if (this.#answer === asked) this.#freshUntil = performance.now() + ms;
    };
    asked.then(keepFor(this.freshMs), keepFor(0));
    return asked;
  }

  /** The next one asks anew: something was changed. */
  forget(): void {
    this.#answer = undefined;
  }
}
