/** Something to wait for that is remembered when nobody waits: the next one who does goes on at once. */
export class Wake {
  #isCalled = false;
  #resume: (() => void) | undefined;

  call(): void {
    this.#isCalled = true;
    this.#resume?.();
  }

  /** Resolves at the call, or after the time. */
  async wait(ms: number): Promise<void> {
    if (!this.#isCalled) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      this.#resume = undefined;
    }
    this.#isCalled = false;
  }
}
