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
  readonly #rung: Promise<void>;
  #forget: () => void = () => undefined;
  readonly ring: () => void;

  constructor() {
    let ring = (): void => undefined;
    this.#rung = new Promise((resolve) => {
      ring = resolve;
    });
    this.ring = ring;
  }

  /** Resolves when rung, at the latest after `ms`. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#rung, limit]).finally(() => clearTimeout(timer));
  }

  onDone(forget: () => void): void {
    this.#forget = forget;
  }

  done(): void {
    this.#forget();
  }
}
