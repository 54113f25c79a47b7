import { EventEmitter } from 'node:events';
import { randomBytes } from 'node:crypto';
import type { Cache as DataCache } from '../cache/cache.js';
import type { InnerLoadContext } from '../cache/read-through/load-context.js';
import type { Loader } from '../cache/read-through/loading.js';
import type { Duration } from '../common/duration.js';
import type { NamedAnswers } from './answers.js';
import {
  Cache,
  type CacheItem,
  type CacheManagerEvents,
  type CacheSetOptions,
  type StoredDataRaw,
  type WrapOptions,
} from './cache.js';
import type { CacheManagerOptions } from './cache-manager.options.js';
import { lifeOf, LONGEST_LIFE_MS } from './life.js';
import { mutableCopy } from './mutable-copy.js';

type Wrapping<T> = WrapOptions<T> & { readonly raw?: boolean };

/** The interface of cache-manager on the cache of this package. */
export class RedisCache extends Cache {
  readonly stores: never[] = [];
  readonly #events = new EventEmitter();
  readonly #id: string;

  constructor(
    private readonly cache: DataCache<unknown>,
    readonly answers: NamedAnswers,
    readonly options: CacheManagerOptions,
  ) {
    super();
    this.#id = options.cacheId ?? randomBytes(8).toString('hex');
  }

  async get<T>(key: string): Promise<T | undefined> {
    const value = mutableCopy(await this.cache.get(key)) as T | undefined;
    this.#emit('get', { key, value });
    return value;
  }

  async mget<T>(keys: string[]): Promise<(T | undefined)[]> {
    const found = await this.cache.getMany(keys);
    const values = keys.map((key) => mutableCopy(found.get(key)) as T | undefined);
    this.#emit('mget', { keys, values });
    return values;
  }

  async ttl(key: string): Promise<number | undefined> {
    const leftMs = await this.cache.ttl(key);
    return leftMs === undefined ? undefined : Date.now() + leftMs;
  }

  set<T>(key: string, value: T, ttl?: Duration | CacheSetOptions): Promise<T> {
    const options = typeof ttl === 'object' ? ttl : { ttl };
    return this.#told('set', { key, value }, async () => {
      await this.#write([{ key, value, ttl: options.ttl }], options.tags);
      return value;
    });
  }

  mset<T>(list: CacheItem<T>[]): Promise<CacheItem<T>[]> {
    return this.#told('mset', { list }, async () => {
      await this.#write(list);
      return list;
    });
  }

  del(key: string): Promise<boolean> {
    return this.#told('del', { key }, async () => {
      await Promise.all([this.cache.delete(key), this.answers.end([key])]);
      return true;
    });
  }

  mdel(keys: string[]): Promise<boolean> {
    return this.#told('mdel', { keys }, async () => {
      await Promise.all([this.cache.deleteMany(keys), this.answers.end(keys)]);
      return true;
    });
  }

  async clear(): Promise<boolean> {
    await Promise.all([this.cache.clear(), this.answers.endAll()]);
    this.#events.emit('clear');
    return true;
  }

  wrap<T>(
    key: string,
    load: () => T | Promise<T>,
    options: WrapOptions<T> & { raw: true },
  ): Promise<StoredDataRaw<T>>;
  wrap<T>(
    key: string,
    load: () => T | Promise<T>,
    ttl?: WrapOptions<T>['ttl'] | WrapOptions<T>,
    refreshThreshold?: WrapOptions<T>['refreshThreshold'],
  ): Promise<T>;
  async wrap<T>(
    key: string,
    load: () => T | Promise<T>,
    ttl?: WrapOptions<T>['ttl'] | Wrapping<T>,
    refreshThreshold?: WrapOptions<T>['refreshThreshold'],
  ): Promise<T | StoredDataRaw<T>> {
    const options: Wrapping<T> = typeof ttl === 'object' ? ttl : { ttl, refreshThreshold };
    const value = await this.cache.getOrSet<unknown>(key, this.#loader(key, load, options), {
      ttl: LONGEST_LIFE_MS,
      refreshAhead: await this.#refreshAhead(key, options),
    });
    const copy = mutableCopy(value) as T;
    return options.raw ? { value: copy, expires: await this.ttl(key) } : copy;
  }

  on<E extends keyof CacheManagerEvents>(event: E, listener: CacheManagerEvents[E]): EventEmitter {
    return this.#events.on(event, listener);
  }

  off<E extends keyof CacheManagerEvents>(event: E, listener: CacheManagerEvents[E]): EventEmitter {
    return this.#events.off(event, listener);
  }

  async disconnect(): Promise<undefined> {
    return undefined;
  }

  cacheId(): string {
    return this.#id;
  }

  #loader<T>(key: string, load: () => T | Promise<T>, { ttl }: Wrapping<T>): Loader<unknown> {
    return async (context) => {
      const event = (context as InnerLoadContext).isBackground ? 'refresh' : 'set';
      try {
        const value = await load();
        const asked = typeof ttl === 'function' ? ttl(value) : ttl;
        const lifeMs = lifeOf(asked ?? this.options.ttl ?? 0);
        if (lifeMs === undefined) context.skip();
        else context.setTtl(lifeMs);
        this.#emit(event, { key, value });
        return value;
      } catch (error) {
        if (event === 'refresh') this.#emit(event, { key, error });
        throw error;
      }
    };
  }

  /** The threshold is what is to be left of the life, `refreshAhead` the part that is over. */
  async #refreshAhead<T>(key: string, options: Wrapping<T>): Promise<number | undefined> {
    const threshold = options.refreshThreshold ?? this.options.refreshThreshold;
    const found = threshold === undefined ? undefined : await this.cache.find(key);
    if (!found) return undefined;
    const { value, createdAt, freshUntil } = found.entry;
    const leftMs = typeof threshold === 'function' ? threshold(mutableCopy(value) as T) : threshold;
    return leftMs === undefined ? undefined : Math.max(0, 1 - leftMs / (freshUntil - createdAt));
  }

  /** Of several with one TTL in one round trip. What has nothing to store, or no time to live, goes. */
  async #write(list: readonly CacheItem<unknown>[], tags?: readonly string[]): Promise<void> {
    const lives = new Map<number, [string, unknown][]>();
    const gone: string[] = [];
    for (const { key, value, ttl } of list) {
      const lifeMs = lifeOf(ttl ?? this.options.ttl ?? 0);
      if (value === undefined || lifeMs === undefined) gone.push(key);
      else lives.set(lifeMs, [...(lives.get(lifeMs) ?? []), [key, value]]);
    }
    await Promise.all([
      ...[...lives].map(([ttl, entries]) => this.cache.setMany(entries, { ttl, tags })),
      gone.length > 0 && this.cache.deleteMany(gone),
      this.answers.end(list.map(({ key }) => key)),
    ]);
  }

  async #told<R>(
    event: 'set' | 'mset' | 'del' | 'mdel',
    about: object,
    work: () => Promise<R>,
  ): Promise<R> {
    try {
      const result = await work();
      this.#events.emit(event, about);
      return result;
    } catch (error) {
      this.#events.emit(event, { ...about, error });
      throw error;
    }
  }

  #emit(event: 'get' | 'mget' | 'set' | 'refresh', about: object): void {
    this.#events.emit(event, about);
  }
}
