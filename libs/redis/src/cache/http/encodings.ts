import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { Entry } from '../entry.js';
import type { EntryCache } from '../entry-cache.js';
import type { Exchange } from './exchange.js';
import { notModifiedAs, wantedCoding, type WantedCoding } from './representation.js';
import type { Encoding, StoredAnswer, StoredResponse } from './stored-response.js';

/** Off the event loop. */
export type Compress = (coding: Encoding, body: Buffer) => Promise<Buffer>;

export interface EncodingsOptions {
  readonly compress?: Compress;
  /** Longest wait of a request for a coding that is being made. Default 50. */
  readonly waitMs?: number;
}

type AnswerOf = Entry<StoredAnswer>;
type Asking = Pick<Exchange, 'request' | 'route'>;

interface Making {
  readonly entry: AnswerOf;
  /** The entry with the coding; the same one where that came to nothing. */
  readonly made: Promise<AnswerOf>;
}

/** Marks a coding that is no use: not smaller, or too much for the entry. */
const NO_USE = Buffer.alloc(0);

/** Half of the threads that Node has for this, for files and for DNS by default: who comes later gets the bytes as they are. */
const MOST_AT_ONCE = 2;

/** How long a coding that Redis has may still be joined. */
const LINGER_MS = 1000;

/** Codings that failed are left alone for a while. */
const SKIPPED = { max: 10_000, ttl: 60_000 };

/**
 * Makes the content codings of stored answers, each once, when the first client asks that accepts it,
 * and keeps them with the answer: in memory at once, in Redis by compare-and-set, so that an answer
 * which was replaced or invalidated meanwhile stays as it is.
 */
export class Encodings {
  /** By coding and key, from the start until Redis has it. */
  readonly #making = new Map<string, Making>();
  readonly #skipped = new LRUCache<string, true>(SKIPPED);
  readonly #compress: Compress;
  readonly #waitMs: number;
  #running = 0;

  constructor(
    private readonly answers: EntryCache<StoredResponse>,
    { compress = compressOnce, waitMs = 50 }: EncodingsOptions = {},
  ) {
    this.#compress = compress;
    this.#waitMs = waitMs;
  }

  /**
   * Makes the coding that the client of a request wants.
   *
   * @returns undefined when nothing is to be made: what hits take. Else the entry as it is after a
   * short wait, with the coding or without; a client that refuses the bytes as they are waits to the end
   */
  making({ request, route }: Asking, key: string, entry: AnswerOf): Promise<AnswerOf> | undefined {
    const { value } = entry;
    const wanted = wantedCoding(value, request.headers['accept-encoding'], route.policy);
    // A 304 has no body to compress.
    if (!wanted || notModifiedAs(request.headers, value, route.policy)) return undefined;
    const made = this.#join(`${wanted.coding} ${key}`, key, entry, wanted);
    if (!made || wanted.refusesIdentity) return made;
    return atMost(this.#waitMs, made, entry);
  }

  #join(
    id: string,
    key: string,
    entry: AnswerOf,
    { coding, refusesIdentity }: WantedCoding,
  ): Promise<AnswerOf> | undefined {
    const making = this.#making.get(id);
    if (making?.entry.value === entry.value) return making.made;
    // The same bytes under other fields: another copy from Redis, or validated meanwhile.
    if (making?.entry.value.body.equals(entry.value.body))
      return making.made.then(({ value }) => withCoding(entry, coding, value.encoded[coding]));
    if (this.#skipped.has(id)) return undefined;
    if (this.#running >= MOST_AT_ONCE && !refusesIdentity) return undefined;
    return this.#start(id, { key, entry, coding });
  }

  #start(
    id: string,
    { key, entry, coding }: { key: string; entry: AnswerOf; coding: Encoding },
  ): Promise<AnswerOf> {
    const change = (bytes: Buffer) => (value: StoredResponse) =>
      value.kind === 'answer' &&
      value.encoded[coding] === undefined &&
      value.body.equals(entry.value.body)
        ? encodedAs(value, coding, bytes)
        : undefined;
    const bytes = this.#bytesOf(id, entry, coding);
    const made = bytes.then((encoded) => {
      if (encoded) this.answers.amendInMemory(key, change(encoded));
      return withCoding(entry, coding, encoded);
    });
    const making = { entry, made };
    this.#making.set(id, making);
    this.answers.inBackground('encode', async () => {
      const encoded = await bytes;
      if (encoded) await this.answers.amend(key, change(encoded));
      // A request that read the entry just before may come a moment later.
      setTimeout(() => {
        if (this.#making.get(id) === making) this.#making.delete(id);
      }, LINGER_MS).unref();
    });
    return made;
  }

  /** Never fails: without the coding, its client gets the bytes as they are. */
  async #bytesOf(id: string, { value }: AnswerOf, coding: Encoding): Promise<Buffer | undefined> {
    this.#running += 1;
    try {
      const bytes = await this.#compress(coding, value.body);
      if (bytes.length < value.body.length && this.answers.fits(encodedAs(value, coding, bytes)))
        return bytes;
      if (this.answers.fits(encodedAs(value, coding, NO_USE))) return NO_USE;
    } catch (error) {
      this.answers.report('encode', error);
    } finally {
      this.#running -= 1;
    }
    this.#skipped.set(id, true);
    return undefined;
  }
}

function withCoding(entry: AnswerOf, coding: Encoding, bytes: Buffer | undefined): AnswerOf {
  return bytes ? { ...entry, value: encodedAs(entry.value, coding, bytes) } : entry;
}

function encodedAs(answer: StoredAnswer, coding: Encoding, bytes: Buffer): StoredAnswer {
  return { ...answer, encoded: { ...answer.encoded, [coding]: bytes } };
}

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/**
 * Brotli 5 and gzip 6 are where both curves bend: for 100 KB of JSON, brotli 5 takes 9 ms for 21 % of the
 * size, 9 takes 190 ms for 18 % and 11, which Node has for a default, over a second for 16 %; gzip 6 takes
 * 13 ms for 19 %, 9 takes 33 ms for nearly the same. An answer that lives for minutes does not earn that back.
 */
function compressOnce(coding: Encoding, body: Buffer): Promise<Buffer> {
  if (coding === 'gzip') return gzipped(body, { level: 6 });
  return brotli(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  });
}

async function atMost<T>(limitMs: number, result: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), limitMs);
  });
  return Promise.race([result, limit]).finally(() => clearTimeout(timer));
}
