import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { HealthReport } from './judge-health.js';
import { RedisHealth } from './redis-health.js';

/** Options of `RedisHealthIndicator.isReady`. */
export interface ReadinessOptions {
  /** Longest wait for a server, in milliseconds. Default 800. */
  readonly limitMs?: number;
  /** True to be down, and get no requests, while only the cache is without Redis. Default false. */
  readonly isCacheEssential?: boolean;
}

/**
 * The indicator for @nestjs/terminus.
 *
 * ```ts
 * @Get('ready') @HealthCheck() ready() { return this.health.check([() => this.redis.isReady('redis')]) }
 * @Get('live') @HealthCheck() live() { return this.health.check([() => this.redis.isAlive('redis')]) }
 * ```
 */
@Injectable()
export class RedisHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(RedisHealth) private readonly redis: RedisHealth,
  ) {}

  /**
   * Readiness: may this process get requests? Down where sessions are configured and not answered; degraded where only
   * the cache is without Redis, since it goes on by itself. Terminus 11 does not know `degraded`: there it is `up`
   * with `state: 'degraded'`.
   */
  async isReady<const Key extends string>(
    key: Key,
    { limitMs, isCacheEssential = false }: ReadinessOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const { status, uses } = await this.redis.check(limitMs);
    const session = this.indicators.check(key);
    const state = { state: status, uses: [...uses] };
    if (status === 'down' || (isCacheEssential && isCacheLost(uses))) return session.down(state);
    if (status === 'up') return session.up(state);
    return typeof session.degraded === 'function' ? session.degraded(state) : session.up(state);
  }

  /** Liveness: does this process work? It does not ask Redis: a restart here heals nothing there. */
  isAlive<const Key extends string>(key: Key): HealthIndicatorResult<Key> {
    return this.indicators.check(key).up();
  }
}

function isCacheLost(uses: HealthReport['uses']): boolean {
  return uses.some(({ use, servers }) => {
    if (use !== 'cache') return false;
    return servers.every(({ error, role }) => error !== undefined || role === 'slave');
  });
}
