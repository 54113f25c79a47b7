import { Inject, Module, type DynamicModule, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RedisFeatureModule, type RedisFeatureOptions } from './redis-feature.module.js';
import {
  ConfigurableModuleClass,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './redis.module-definition.js';
import { RESOLVED_OPTIONS } from './redis.tokens.js';
import type { ResolvedOptions } from './resolve-options.js';
import { SessionMiddleware } from './session/session.middleware.js';

/**
 * Redis for a Nest application: caches, sessions and clients. Import it once, in the root module; two
 * `forRoot` calls are two sets of clients.
 *
 * ```ts
 * RedisModule.forRoot({
 *   connection: process.env.REDIS_URL ?? 'embedded',
 *   cache: { ttl: '5m' },
 *   session: { secret: process.env.SESSION_SECRET, idleTimeout: '30m' },
 * })
 * ```
 */
@Module({})
export class RedisModule extends ConfigurableModuleClass implements NestModule {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(SessionMiddleware) private readonly sessions: SessionMiddleware,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    super();
  }

  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot({ ...options, connectionNames: Object.keys(options.connections ?? {}) });
  }

  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /**
   * Named caches, leaderboards and streams of a feature module, for `@InjectCache(name)` and the like. Needs
   * `forRoot` in the root module, global as by default.
   */
  static forFeature(options: RedisFeatureOptions): DynamicModule {
    return RedisFeatureModule.with(options);
  }

  /**
   * Sessions come before every middleware of other modules, on every route. They are mounted on Express
   * itself: through Nest's consumer, whose matching is made for routes, each request costs a tenth more.
   */
  configure(): void {
    if (this.options.session?.mount) this.host.httpAdapter?.use(this.sessions.handler);
  }
}
