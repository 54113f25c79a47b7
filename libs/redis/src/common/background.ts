/** Work that no request waits for. It ends, at the latest, with the application, which waits for it. */
export class Background {
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  /** Starts a piece of work; `failed` is told when it fails. After `close`, nothing is started. */
  run(work: () => Promise<unknown>, failed: (error: unknown) => void): void {
    if (this.#isClosed) return;
    const running = work()
      .then(() => undefined, failed)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Starts nothing more and waits for what runs, at most `limitMs`. */
  async close(limitMs: number): Promise<void> {
    this.#isClosed = true;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([Promise.all(this.#running), limit]).finally(() => clearTimeout(timer));
  }
}
