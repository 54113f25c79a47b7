import type { HttpCache } from '../cache/http/http-cache.js';
import { urlGeneration } from '../cache/http/url-generation.js';
import { tagGeneration } from '../cache/entry.js';

/** The stored answers of routes, by the names that cache-manager gives them: the URL, or the `@CacheKey`. */
export class NamedAnswers {
  constructor(
    readonly http: HttpCache,
    private readonly namespace: string,
  ) {}

  /** Tag of every answer of the namespace, for `clear`. */
  get all(): string {
    return `cache-manager:${this.namespace}`;
  }

  /** Tag of the answers of a name that is not their URL. A URL has a generation already. */
  tagOf(name: string): string {
    return `${this.all}:${name}`;
  }

  async end(names: readonly string[]): Promise<void> {
    const urls = names.filter((name) => name.startsWith('/')).map(urlGeneration);
    const tags = names.map((name) => tagGeneration(this.tagOf(name)));
    await this.#invalidate([...urls, ...tags]);
  }

  endAll(): Promise<void> {
    return this.#invalidate([tagGeneration(this.all)]);
  }

  async #invalidate(generations: readonly string[]): Promise<void> {
    if (generations.length > 0) await this.http.answers.invalidate([...new Set(generations)]);
  }
}
