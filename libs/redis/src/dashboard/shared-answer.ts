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
    const answered = (): void => void (this.#freshUntil = performance.now() + this.freshMs);
    const failed = (): void => void (this.#freshUntil = 0);
    asked.then(answered, failed);
    return asked;
  }

  /** The next one asks anew: something was changed. */
  forget(): void {
    this.#freshUntil = 0;
  }
}
