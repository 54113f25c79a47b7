import { Inject, Injectable } from '@nestjs/common';
import { HTTP_CACHE } from '../cache.tokens.js';
import { RedisKitError } from '../../common/errors.js';
import { cacheGeneration, tagGeneration } from '../entry.js';
import { HttpCache } from './http-cache.js';
import { urlGeneration } from './url-generation.js';

/**
 * Ends stored answers from code, on every node. An answer that is being made meanwhile is not stored.
 * Redis being down makes none of this fail: this node goes by it at once, the others when Redis is back.
 */
@Injectable()
export class HttpCacheService {
  constructor(@Inject(HTTP_CACHE) private readonly cache: HttpCache) {}

  /**
   * Ends the answers of paths: for every query, variant, scope and host.
   *
   * @param urls paths such as `'/products/42'`, or whole URLs, of which the path counts
   * @throws RedisKitError `CACHE_KEY_INVALID` for what is neither
   */
  async purge(...urls: readonly string[]): Promise<void> {
    const names = new Set(urls.map((url) => urlGeneration(pathOf(url))));
    if (names.size > 0) await this.cache.answers.invalidate([...names]);
  }

  /** Ends what carries one of the tags, in the data caches of the application, too. */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    if (tags.length > 0) await this.cache.answers.invalidate([...new Set(tags.map(tagGeneration))]);
  }

  /** Ends all stored answers. Other caches stay. */
  async clear(): Promise<void> {
    await this.cache.answers.invalidate([cacheGeneration(this.cache.answers.name)]);
  }
}

/** @throws RedisKitError `CACHE_KEY_INVALID` */
function pathOf(url: string): string {
  if (url.startsWith('/')) return url;
  try {
    return new URL(url).pathname;
  } catch {
    throw new RedisKitError(
      'CACHE_KEY_INVALID',
      `A URL to purge is ${JSON.stringify(url)}. Give a path such as '/products/42', or a whole URL.`,
    );
  }
}
