/** Callers of this process that wait for something to end elsewhere, by message. */
export class WakeUps {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Registers interest; do so before reading the state to wait on, or the message may pass in between. */
  register(message: string): WakeUp {
    const wakeUp = new WakeUp();
    const waiting = this.#waiting.get(message) ?? new Set();
    waiting.add(wakeUp.ring);
    this.#waiting.set(message, waiting);
    wakeUp.onDone(() => {
      waiting.delete(wakeUp.ring);
      if (waiting.size === 0) this.#waiting.delete(message);
    });
    return wakeUp;
  }

  ring(message: string): void {
    for (const ring of this.#waiting.get(message) ?? []) ring();
  }
}

export class WakeUp {
  #isRung = false;
  #wake: (() => void) | undefined;
  #forget: () => void = () => undefined;

  readonly ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };

  /** Resolves when rung, at the latest after `ms`. */
  wait(ms: number): Promise<void> {
    if (this.#isRung) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  onDone(forget: () => void): void {
    this.#forget = forget;
  }

  done(): void {
    this.#forget();
  }
}
