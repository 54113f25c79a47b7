import { Doom } from './doom.js';

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly names: readonly string[];
  readonly doom: Doom;
  /** Shared by those who gave up waiting for `promise`. */
  spare?: Promise<T>;
}

export interface FlightPlan<T> {
  /** Generations that the result will depend on. */
  readonly names: readonly string[];
  /** Longest wait for a flight that somebody else started, in milliseconds. */
  readonly waitMs: number;
  /**
   * @param doom comes when one of the generations ends: the result will be of no use to later callers
   * @param stayUntil keeps the flight open for others beyond its result, until the given promise settles
   */
  readonly start: (doom: Doom, stayUntil: (settled: Promise<unknown>) => void) => Promise<T>;
  /** Run once for all who waited that long in vain, and by each whom that one keeps waiting as long again. */
  readonly startSpare: () => Promise<T>;
}

/** Lets the callers of one key in this process share one run, its result and its error. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  get size(): number {
    return this.#flights.size;
  }

  /** Joins the flight of the key, or starts one. A loader that hangs holds up whoever joined for `waitMs`. */
  run(key: string, plan: FlightPlan<T>): Promise<T> {
    const running = this.#flights.get(key);
    return running ? this.#join(key, running, plan) : this.#start(key, plan);
  }

  #start(key: string, { names, start }: FlightPlan<T>): Promise<T> {
    const doom = new Doom();
    let whole: Promise<unknown> | undefined;
    const promise = start(doom, (settled) => {
      whole = settled;
    });
    const flight: Flight<T> = { promise, names, doom };
    this.#flights.set(key, flight);
    const land = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    (whole ?? promise).then(land, land);
    return promise;
  }

  async #join(key: string, flight: Flight<T>, { waitMs, startSpare }: FlightPlan<T>): Promise<T> {
    const landed = await atMost(waitMs, flight.promise);
    if (landed) return landed.value;
    // All who joined came before any invalidation that followed, so they may share one more run.
    const isMine = flight.spare === undefined;
    flight.spare ??= startSpare();
    if (isMine) {
      // Its result is for those who waited. Whoever comes later looks anew, and not for a flight that hangs.
      const land = (): void => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      };
      flight.spare.then(land, land);
      return flight.spare;
    }
    const second = await atMost(waitMs, flight.spare);
    // It hangs as well: from here on everybody is held up by their own run alone.
    return second ? second.value : startSpare();
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
      if (!names.some((name) => flight.names.includes(name))) continue;
      this.#flights.delete(key);
      flight.doom.doom();
    }
  }

  forgetAll(): void {
    this.#flights.clear();
  }
}

/** @returns undefined when the promise takes longer */
async function atMost<T>(limitMs: number, promise: Promise<T>): Promise<{ value: T } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  const landed = promise.then((value) => ({ value }));
  return Promise.race([landed, limit]).finally(() => clearTimeout(timer));
}
