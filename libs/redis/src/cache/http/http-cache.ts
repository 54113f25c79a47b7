import { GatewayTimeoutException, type CallHandler } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { finalize, of, type Observable } from 'rxjs';
import { parseDuration } from '../../common/duration.js';
import { cacheGeneration, tagGeneration, type Entry } from '../entry.js';
import type { EntryCache } from '../entry-cache.js';
import type { FetchOptions } from '../read-through/loading.js';
import { DEFAULT_LOAD_POLICY, type LoadPolicy } from '../read-through/load-policy.js';
import type { Fetched } from '../read-through/read-through.js';
import type { LoadPlan } from './answer-keeping.js';
import { LoadAborted, OriginFailed } from './answer-load.js';
import { AnswerLoader, type AnswerLoaderParts, type Begun } from './answer-loader.js';
import { tagsOf } from './cache-route.js';
import { describeAsGet } from './describe-as-get.js';
import { Encodings } from './encodings.js';
import { announce, type Exchange, type AnswerWatcher } from './exchange.js';
import type { HttpCacheOptions } from './http-cache.options.js';
import { isAnswer, judgeEntry } from './judge-entry.js';
import { judge } from './judgement.js';
import { scopeOf } from './request-identity.js';
import { ResponseCapture } from './response-capture.js';
import { serveAnswer, servedAs } from './serve-answer.js';
import type { StoredAnswer, StoredResponse } from './stored-response.js';
import { urlGeneration } from './url-generation.js';
import { variantKey } from './vary.js';

export interface HttpCacheParts extends AnswerLoaderParts {
  readonly defaults: HttpCacheOptions;
  readonly maxBodyBytes: number;
  /** Life of the answers of a route that names none. */
  readonly ttlMs: number;
  readonly policy: Pick<LoadPolicy, 'jitter' | 'maxTtlMs' | 'retryAfterMs'>;
}

/** What an interceptor emits for an answer that has been sent. */
const ANSWERED = of(undefined);

/** Keys whose answers turned out not to be for sharing: their requests do not wait for each other. */
const PASSES = { max: 10_000, ttl: 60_000 };

/** A follower whose leader left, or whose variant changed, tries again this often. */
const MOST_TRIES = 4;

/** Answers requests from stored responses, and stores what handlers send. Nothing of Nest's pipeline before it is skipped. */
export class HttpCache {
  readonly #answers: EntryCache<StoredResponse>;
  readonly #loader: AnswerLoader;
  readonly #encodings: Encodings;
  readonly #policy: LoadPolicy;
  readonly #passes = new LRUCache<string, true>(PASSES);
  watcher: AnswerWatcher | undefined;

  constructor(private readonly parts: HttpCacheParts) {
    this.#answers = parts.answers;
    this.#loader = new AnswerLoader(parts);
    this.#encodings = new Encodings(parts.answers);
    const serveStaleOn = (error: unknown): boolean => error instanceof OriginFailed;
    this.#policy = { ...DEFAULT_LOAD_POLICY, ...parts.policy, serveStaleOn };
  }

  /** The stored answers, to end them by their generations. */
  get answers(): EntryCache<StoredResponse> {
    return this.#answers;
  }

  /** The option `cache.http`. */
  get defaults(): HttpCacheOptions {
    return this.parts.defaults;
  }

  now(): number {
    return this.#answers.clock.now();
  }

  /** Serves a GET or HEAD from the store, or lets the handler answer it and stores that. */
  answer(
    exchange: Exchange,
    key: string,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const isAnswered = this.#answerFromMemory(exchange, key);
    if (isAnswered === true) return ANSWERED;
    if (isAnswered === false) return this.#look(exchange, key, next);
    return isAnswered.then((isSo) => (isSo ? ANSWERED : this.#look(exchange, key, next)));
  }

  #look(
    exchange: Exchange,
    key: string,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const { request, directives } = exchange;
    this.watcher?.miss(exchange, key);
    if (request.method === 'HEAD' || directives.onlyIfCached)
      return this.#answerIfStored(exchange, key, next);
    if (this.#passes.has(key)) return this.#forwardAlone(exchange, key, next);
    return this.#fetch(exchange, key, next);
  }

  /** Runs the handler of a request that refreshes an answer while nobody waits. */
  record(capture: ResponseCapture, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(finalize(() => capture.handlerDone()));
  }

  /**
   * The path that hits take: no promise, no Redis.
   *
   * @param mayWait false after a wait for a content coding; what is there counts then
   */
  #answerFromMemory(
    exchange: Exchange,
    primary: string,
    mayWait = true,
  ): boolean | Promise<boolean> {
    let key = primary;
    let entry = this.#answers.peek(key);
    if (entry?.value.kind === 'variants') {
      key = variantKey(primary, entry.value.vary, exchange.request.headers);
      entry = this.#answers.peek(key);
    }
    const now = this.now();
    if (!isAnswer(entry) || judgeEntry(exchange, entry, now) !== 'fresh') return false;
    const making = mayWait ? this.#encodings.making(exchange, key, entry) : undefined;
    // It may have been invalidated meanwhile.
    if (making) return making.then(() => this.#answerFromMemory(exchange, primary, false));
    this.#answers.hit(key);
    const hit = servedAs.hit(entry, now, { key, route: exchange.route });
    const replay = serveAnswer(exchange, { entry, ...hit, now });
    this.watcher?.hit({ exchange, primary, key, entry, served: hit.served, replay });
    return true;
  }

  /** A HEAD has no body to store, and an only-if-cached wants no load: they look and do not load. */
  async #answerIfStored(
    exchange: Exchange,
    primary: string,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const { request, response, directives } = exchange;
    let key = primary;
    let found = await this.#answers.find(key);
    if (found?.entry.value.kind === 'variants') {
      key = variantKey(primary, found.entry.value.vary, request.headers);
      found = await this.#answers.find(key);
    }
    const stored = found?.entry;
    const state = isAnswer(stored) ? judgeEntry(exchange, stored, this.now()) : 'expired';
    if (isAnswer(stored) && (state === 'fresh' || state === 'stale')) {
      const entry = await this.#encoded(exchange, key, stored);
      const now = this.now();
      const hit = servedAs.hit(entry, now, { key, route: exchange.route });
      serveAnswer(exchange, { entry, ...hit, now });
      return ANSWERED;
    }
    // RFC 9111 section 5.2.1.7.
    if (directives.onlyIfCached) throw new GatewayTimeoutException('Not in the cache.');
    const reason = key === primary ? 'uri-miss' : 'vary-miss';
    announce(response, { kind: 'forward', reason, isStored: false }, 'MISS');
    describeAsGet(exchange, { ttlMs: await this.#ttlOf(exchange), now: () => this.now() });
    return next.handle();
  }

  async #fetch(
    exchange: Exchange,
    primary: string,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    let key = primary;
    const ttlMs = await this.#ttlOf(exchange);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const begun = await this.#begin(exchange, this.#planOf(exchange, { primary, key, ttlMs }));
      if (begun === 'aborted') continue;
      if (begun === 'failed') break;
      if (begun.kind === 'capture') return this.record(begun.capture, next);
      const { value, entry: found } = begun.fetched;
      if (value?.kind === 'variants') {
        key = variantKey(primary, value.vary, exchange.request.headers);
        continue;
      }
      if (!isAnswer(found)) break;
      const entry = await this.#encoded(exchange, key, found);
      const now = this.now();
      serveAnswer(exchange, {
        entry,
        ...servedAs.fetched(begun, now, { key, route: exchange.route }),
        now,
      });
      return ANSWERED;
    }
    announce(
      exchange.response,
      { kind: 'forward', reason: 'uri-miss', isStored: false, detail: 'not-shared' },
      'MISS',
    );
    return next.handle();
  }

  /** The entry in the coding that the client wants, where that is made soon. */
  async #encoded(
    exchange: Exchange,
    key: string,
    entry: Entry<StoredAnswer>,
  ): Promise<Entry<StoredAnswer>> {
    return (await this.#encodings.making(exchange, key, entry)) ?? entry;
  }

  /** Resolves as soon as it is known who answers: this request's own handler, or an entry. */
  #begin(exchange: Exchange, plan: LoadPlan): Promise<Begun | 'aborted' | 'failed'> {
    return new Promise((resolve, reject) => {
      let isConfirmed = false;
      const load = this.#loader.load(exchange, plan, {
        onCapture: (capture) => resolve({ kind: 'capture', capture }),
        onConfirmed: () => {
          isConfirmed = true;
        },
        onPass: () => this.#passes.set(plan.primary, true),
      });
      this.#answers.fetch(plan.key, load, this.#fetchOptions(exchange, plan)).then(
        (fetched: Fetched<StoredResponse>) => resolve({ kind: 'fetched', fetched, isConfirmed }),
        (error: unknown) => {
          if (error instanceof LoadAborted) resolve('aborted');
          else if (error instanceof OriginFailed) resolve('failed');
          else reject(error);
        },
      );
    });
  }

  async #ttlOf({ route, context }: Exchange): Promise<number> {
    const ttl = typeof route.ttl === 'function' ? await route.ttl(context) : route.ttl;
    return ttl === undefined ? this.parts.ttlMs : parseDuration(ttl, '@CacheTTL');
  }

  #planOf(
    exchange: Exchange,
    { primary, key, ttlMs }: Pick<LoadPlan, 'primary' | 'key' | 'ttlMs'>,
  ): LoadPlan {
    const { route, request } = exchange;
    const { staleWhileRevalidateMs, staleIfErrorMs, revalidateWithinMs } = route.policy;
    const tags = tagsOf(route.tags, request).map(tagGeneration);
    return {
      primary,
      key,
      group: scopeOf(request, route.scope),
      ttlMs,
      names: [
        cacheGeneration(this.#answers.name),
        urlGeneration(request.originalUrl),
        ...new Set(tags),
      ],
      namesLiveMs: ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs, revalidateWithinMs),
      maxBodyBytes: this.parts.maxBodyBytes,
      abandonAfterMs: this.parts.refreshLimitMs,
    };
  }

  #fetchOptions(exchange: Exchange, plan: LoadPlan): FetchOptions<StoredResponse> {
    const { directives } = exchange;
    const { noCache, maxAgeMs, minFreshMs } = directives;
    return {
      ttlMs: plan.namesLiveMs,
      generations: plan.names,
      policy: this.#policy,
      judge: (entry, now) => judgeEntry(exchange, entry, now),
      // What others get is not good enough for this one.
      isAlone: noCache || maxAgeMs !== undefined || minFreshMs !== undefined,
    };
  }

  /** Asks nobody, until an answer turns out to be for sharing again. */
  #forwardAlone(exchange: Exchange, key: string, next: CallHandler): Observable<unknown> {
    const { response } = exchange;
    announce(
      response,
      { kind: 'forward', reason: 'uri-miss', isStored: false, detail: 'not-shared' },
      'MISS',
    );
    const startedAt = this.now();
    const group = scopeOf(exchange.request, exchange.route.scope);
    void new ResponseCapture(response, {
      maxBodyBytes: 0,
      abandonAfterMs: 0,
      allowsCookieBelow: true,
      onHead: (head) => {
        const load = {
          exchange,
          stale: undefined,
          startedAt,
          now: this.now(),
          ttlMs: this.parts.ttlMs,
          group,
        };
        if (judge(load, head).kind === 'store') this.#passes.delete(key);
        if (head.madeTag !== undefined) response.setHeader('ETag', head.madeTag);
        return { kind: 'pass' };
      },
    });
    return next.handle();
  }
}
