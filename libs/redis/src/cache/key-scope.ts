import { RedisKitError } from '../common/errors.js';
import { cacheGeneration } from './entry.js';

/** Starts the stored keys of namespaces. */
const MARK = '~';

/**
 * Where the keys of a cache or of one of its namespaces lie. A key `k` of the namespace `a` in the
 * namespace `b` is stored as `~b/a~k`; names are escaped, and a key of the cache itself that begins with
 * `~` gets another one in front, so two different keys never become the same.
 */
export class KeyScope {
  constructor(
    private readonly cache: string,
    private readonly path: readonly string[] = [],
  ) {}

  get isRoot(): boolean {
    return this.path.length === 0;
  }

  /** @throws RedisKitError `CACHE_KEY_INVALID` */
  inside(name: string): KeyScope {
    if (typeof name !== 'string' || name === '' || name.length > 500)
      throw new RedisKitError(
        'CACHE_KEY_INVALID',
        `A namespace is ${JSON.stringify(name)}. Give text of 1 to 500 characters, such as 'tenant-7'.`,
      );
    return new KeyScope(this.cache, [...this.path, name.replace(/[%/~]/g, escape)]);
  }

  /** The key as it is stored. */
  stored(key: string): string {
    if (!this.isRoot) return `${MARK}${this.path.join('/')}${MARK}${key}`;
    return key.startsWith(MARK) ? MARK + key : key;
  }

  /** Names of the generations that every entry in here carries, outermost first. The last is its own. */
  get generations(): readonly string[] {
    const own = this.path.map(
      (_, depth) => `namespace:${this.cache}:${this.path.slice(0, depth + 1).join('/')}`,
    );
    return [cacheGeneration(this.cache), ...own];
  }

  /** Ends with a clear of this scope alone. */
  get ownGeneration(): string {
    return this.generations.at(-1)!;
  }
}

function escape(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

/** @throws RedisKitError `CACHE_KEY_INVALID` */
export function checkKey(key: string): string {
  if (typeof key === 'string' && key !== '') return key;
  throw new RedisKitError(
    'CACHE_KEY_INVALID',
    `A cache key is ${JSON.stringify(key)}. Give text that is not empty, such as 'product:42'.`,
  );
}
