import type { Entry } from '../../entry.js';
import { cacheStatus } from '../cache-status.js';
import type { StoredValidators } from '../preconditions.js';
import { ageMs } from '../reuse.js';
import type { Encoding, StoredAnswer, StoredResponse } from '../stored-response.js';
import type { LaneHead } from './lane-head.js';
import type { WireHead } from './wire-head.js';

/** What of an entry goes out: its bytes, or one of their codings. */
export type Representation = 'body' | Encoding;

/** With a body (or its length, for HEAD), or only the news that the client has it. */
export type AnswerKind = 'full' | 'notModified';

export interface Sighting {
  readonly head: WireHead;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface SlotOptions {
  /** Key of the resource; that of the entry may be one of its variants. */
  readonly primary: string;
  /** Key of the entry. */
  readonly key: string;
  readonly entry: Entry<StoredResponse>;
  readonly handler: string;
  readonly showsKey: boolean;
  /** True where the route does not care for what requests ask of caches. */
  readonly ignoresDirectives: boolean;
}

/** What the lane knows of one request target: the entry that answers it, and the heads that it goes out with. */
export class LaneSlot {
  heads: Partial<Record<AnswerKind, LaneHead>> = {};
  /** The head of a first answer, until a later one confirms it. */
  seen: Partial<Record<AnswerKind, Sighting>> = {};
  /** Answers of this entry cannot be repeated. */
  isRefused = false;
  /** The same request was answered from several entries: only the application knows by which. */
  isAmbiguous = false;
  representation: Representation = 'body';
  validators: StoredValidators | undefined;
  /** Held weakly: memory for answers has limits of its own. */
  readonly #entry: WeakRef<Entry<StoredResponse>>;
  #ageSeconds = -1;
  #age = '';
  #ttlSeconds = Number.NaN;
  #cacheStatus = '';

  constructor(readonly options: SlotOptions) {
    this.#entry = new WeakRef(options.entry);
  }

  /** What was learned holds for the very entry that it was learned from. */
  isOf(entry: Entry<StoredResponse>): entry is Entry<StoredAnswer> {
    return this.#entry.deref() === entry;
  }

  forget(): void {
    this.heads = {};
    this.seen = {};
  }

  /** For good: it stays in the map to say so. */
  close(): void {
    this.isAmbiguous = true;
    this.forget();
  }

  age(entry: Entry<StoredAnswer>, now: number): string {
    const seconds = Math.floor(ageMs(entry, entry.value.meta, now) / 1000);
    if (seconds !== this.#ageSeconds) {
      this.#ageSeconds = seconds;
      this.#age = String(seconds);
    }
    return this.#age;
  }

  cacheStatus({ freshUntil }: Entry<StoredAnswer>, now: number): string {
    const ttlSeconds = Math.floor((freshUntil - now) / 1000);
    if (ttlSeconds !== this.#ttlSeconds) {
      const { key, showsKey } = this.options;
      this.#ttlSeconds = ttlSeconds;
      this.#cacheStatus = cacheStatus({ kind: 'hit', ttlSeconds, ...(showsKey && { key }) });
    }
    return this.#cacheStatus;
  }

  /** Characters that it holds, roughly. */
  get size(): number {
    const { full, notModified } = this.heads;
    return this.options.key.length + (full?.size ?? 0) + (notModified?.size ?? 0);
  }
}
