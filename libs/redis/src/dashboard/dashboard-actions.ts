import { Inject, Injectable, Logger, NotFoundException } from '@nestjs/common';
import type { CacheView } from '../cache/cache-view.js';
import { CacheRuntime } from '../cache/cache-runtime.js';
import { HttpCacheService } from '../cache/http/http-cache.service.js';
import { CacheService } from '../cache/cache.service.js';
import type { CacheTier } from '../cache/cache.events.js';
import type { RetryOutcome } from '../cache/source/dead-letters.js';
import { WriteBehindService } from '../cache/source/write-behind.service.js';
import { SessionService } from '../session/session.service.js';
import type { SessionInfo } from '../session/users/session-info.js';
import type { Later } from './answer.js';
import { DashboardReads } from './dashboard-reads.js';
import { shownValue } from './shown-value.js';

const MOST_SESSIONS = 200;
const LATER: Later = {
  later:
    'Redis does not answer. This process goes by it at once; the others do when Redis is back and this process has told it.',
};

/** An entry without its value. Times in milliseconds since the Unix epoch. */
export interface EntryFacts {
  readonly tier: CacheTier;
  readonly now: number;
  readonly createdAt: number;
  readonly freshUntil: number;
  readonly expiresAt: number;
  readonly bytes: number;
  readonly slidingTtlMs: number | undefined;
  readonly tags: readonly string[];
}

/** What people do on the pages: single keys, users and letters. Each change stands in the log. */
@Injectable()
export class DashboardActions {
  readonly #logger = new Logger('RedisDashboard');

  constructor(
    @Inject(CacheRuntime) private readonly caching: CacheRuntime,
    @Inject(CacheService) private readonly cache: CacheService,
    @Inject(HttpCacheService) private readonly http: HttpCacheService,
    @Inject(WriteBehindService) private readonly writes: WriteBehindService,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(DashboardReads) private readonly reads: DashboardReads,
  ) {}

  /** @throws NotFoundException for an unknown cache */
  async entry(cache: string, key: string): Promise<{ readonly entry: EntryFacts | null }> {
    const view = this.#cacheOf(cache);
    const found = await view.look(key);
    if (!found) return { entry: null };
    const { tier, entry } = found;
    const { createdAt, freshUntil, expiresAt, bytes, slidingTtlMs, generations } = entry;
    const tags = generations
      .filter(({ name }) => name.startsWith('tag:'))
      .map(({ name }) => name.slice('tag:'.length));
    const now = view.clock.now();
    return { entry: { tier, now, createdAt, freshUntil, expiresAt, bytes, slidingTtlMs, tags } };
  }

  /** The value as text; what its names say is secret is not in it. @throws NotFoundException */
  async value(cache: string, key: string): Promise<{ readonly value: string }> {
    const found = await this.#cacheOf(cache).look(key);
    if (!found) throw new NotFoundException('The entry is gone.');
    this.#note(`showed the value of an entry of cache \`${cache}\``);
    return { value: shownValue(found.entry.value) };
  }

  /** Removes the copy; what its source has stays. */
  async removeKey(
    cache: string,
    key: string,
  ): Promise<{ readonly removed: boolean } & Partial<Later>> {
    const removed = await this.#cacheOf(cache).drop(key);
    return { removed, ...this.#invalidated(`removed an entry of cache \`${cache}\``) };
  }

  async purgePath(path: string): Promise<Later | undefined> {
    await this.http.purge(path);
    return this.#invalidated('purged the answers of a path');
  }

  async purgeTag(tag: string): Promise<Later | undefined> {
    await this.cache.invalidateTags([tag]);
    return this.#invalidated('invalidated a tag');
  }

  async clear(cache: string): Promise<Later | undefined> {
    await this.#cacheOf(cache).clear();
    return this.#invalidated(`cleared cache \`${cache}\``);
  }

  /** The sessions of a user by their handles. @throws RedisKitError `SESSIONS_NOT_CONFIGURED` */
  async sessionsOf(
    userId: string,
  ): Promise<{ readonly sessions: readonly SessionInfo[]; readonly total: number }> {
    const sessions = await this.sessions.list(userId);
    return { sessions: sessions.slice(0, MOST_SESSIONS), total: sessions.length };
  }

  async revoke(userId: string, handle: string): Promise<{ readonly revoked: number }> {
    const isRevoked = await this.sessions.revoke(handle, { userId });
    // A handle that found no session is whatever somebody wrote: nothing for a log.
    if (isRevoked) this.#changed(`revoked the session ${handle}`);
    return { revoked: isRevoked ? 1 : 0 };
  }

  async revokeAll(userId: string): Promise<{ readonly revoked: number }> {
    const revoked = await this.sessions.revokeAll(userId);
    this.#changed(`revoked all sessions of a user: ${revoked}`);
    return { revoked };
  }

  async retry(cache: string, id: string): Promise<{ readonly outcome: RetryOutcome }> {
    const outcome = await this.writes.retryDeadLetter(cache, id);
    this.#changed(`retried a dead letter of cache \`${cache}\`: ${outcome}`);
    return { outcome };
  }

  async discard(cache: string, id: string): Promise<{ readonly discarded: boolean }> {
    const discarded = await this.writes.discardDeadLetter(cache, id);
    if (discarded) this.#changed(`discarded a dead letter of cache \`${cache}\``);
    return { discarded };
  }

  #cacheOf(name: string): CacheView {
    const cache = this.caching.view(name);
    if (cache) return cache;
    throw new NotFoundException(`There is no cache \`${name}\`.`);
  }

  /** Of the other nodes, Redis tells; what it does not take, this process tells it later. */
  #invalidated(what: string): Later | undefined {
    const isTaken = this.caching.isSettled;
    this.#changed(isTaken ? what : `${what}; Redis has not taken it yet`);
    return isTaken ? undefined : LATER;
  }

  #changed(what: string): void {
    this.reads.forget();
    this.#note(what);
  }

  /** Neither keys nor users: they may be personal. */
  #note(what: string): void {
    this.#logger.log(`The dashboard ${what}.`);
  }
}
