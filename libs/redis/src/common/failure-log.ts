/** Lets one line through now and then, and counts the others. One outage is then one line. */
export class FailureLog {
  #nextLineAt = -Infinity;
  #silenced = 0;

  constructor(
    private readonly log: (line: string) => void,
    private readonly everyMs = 10_000,
    /** Milliseconds that never run backwards. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  write(line: string): void {
    if (this.now() < this.#nextLineAt) {
      this.#silenced += 1;
      return;
    }
    const more = this.#silenced > 0 ? ` (${this.#silenced} more since the last line)` : '';
    this.#nextLineAt = this.now() + this.everyMs;
    this.#silenced = 0;
    this.log(`${line}${more}`);
  }
}
