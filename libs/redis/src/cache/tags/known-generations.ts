import { LRUCache } from 'lru-cache';
import type { Generation } from '../entry.js';

/** A generation known here is asked for again after this time, whatever the bus said. */
const KNOWN_FOR_MS = 60_000;
const MOST_KNOWN = 50_000;

interface Known {
  readonly value: string;
  readonly until: number;
}

/** A verdict, and what it stands on. */
interface Standing {
  readonly losses: number;
  readonly until: number;
}

/** What this process knows of generations: so many of them, and each for so long. */
export class KnownGenerations {
  readonly #known = new LRUCache<string, Known>({
    max: MOST_KNOWN,
    // Ended, doubted, forgotten, replaced or made room.
    dispose: () => {
      this.#losses += 1;
    },
  });
  /** The last one of each name that was found to have ended. */
  readonly #ended = new LRUCache<string, Known>({ max: MOST_KNOWN });
  /** The last one of each name that a message has ended. */
  readonly #invalidated = new LRUCache<string, string>({ max: MOST_KNOWN });
  readonly #standing = new WeakMap<readonly Generation[], Standing>();
  #losses = 0;

  /** @param now by `performance.now()` */
  get(name: string, now: number): string | undefined {
    const known = this.#known.get(name);
    return known && now < known.until ? known.value : undefined;
  }

  set(name: string, value: string): void {
    this.#known.set(name, fromNowOn(value));
    // Redis may have gone back to an earlier state.
    if (this.#ended.get(name)?.value === value) this.#ended.delete(name);
    if (this.#invalidated.get(name) === value) this.#invalidated.delete(name);
  }

  /**
   * Remembers one that an entry carried when Redis had another of its name, or none. Values are random, so
   * it does not come back, and Redis need not be asked about it for each entry that carries it.
   */
  end({ name, value }: Generation): void {
    this.#ended.set(name, fromNowOn(value));
  }

  hasEnded({ name, value }: Generation, now: number): boolean {
    const ended = this.#ended.get(name);
    return ended?.value === value && now < ended.until;
  }

  delete(name: string): void {
    this.#known.delete(name);
  }

  /** Ends what is known of a name, by a message. */
  invalidate(name: string): void {
    const known = this.#known.get(name);
    if (known) this.#invalidated.set(name, known.value);
    this.#known.delete(name);
  }

  /**
   * True for one that a message has ended here. The message may have been late, and meant the one before it: so
   * this decides where Redis cannot be asked, and nowhere else.
   */
  wasInvalidated({ name, value }: Generation): boolean {
    return this.#invalidated.get(name) === value;
  }

  clear(): void {
    this.#known.clear();
    this.#ended.clear();
  }

  /**
   * True when each of them is known and has this value. While nothing is lost of what is known, and
   * until the first of them has to be asked for again, the same list is not compared again: so a hit
   * costs the same however many generations its entry carries.
   */
  includes(carried: readonly Generation[]): boolean {
    const now = performance.now();
    const standing = this.#standing.get(carried);
    if (standing && standing.losses === this.#losses && now < standing.until) return true;
    const until = this.#knownUntil(carried);
    if (until <= now) return false;
    this.#standing.set(carried, { losses: this.#losses, until });
    return true;
  }

  #knownUntil(carried: readonly Generation[]): number {
    let until = Number.POSITIVE_INFINITY;
    for (const { name, value } of carried) {
      const known = this.#known.get(name);
      if (known?.value !== value) return Number.NEGATIVE_INFINITY;
      until = Math.min(until, known.until);
    }
    return until;
  }
}

function fromNowOn(value: string): Known {
  return { value, until: performance.now() + KNOWN_FOR_MS };
}
