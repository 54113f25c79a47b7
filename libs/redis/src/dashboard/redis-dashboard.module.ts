import {
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type MiddlewareConsumer,
  type NestModule,
  type Type,
} from '@nestjs/common';
import { DashboardActions } from './dashboard-actions.js';
import { dashboardActions } from './dashboard-actions.controller.js';
import { dashboardHeaders } from './dashboard-headers.js';
import {
  resolveDashboardOptions,
  type RedisDashboardOptions,
  type ResolvedDashboardOptions,
} from './dashboard.options.js';
import { dashboardPages } from './dashboard-pages.controller.js';
import { DashboardReads } from './dashboard-reads.js';
import { dashboardReads } from './dashboard-reads.controller.js';
import { DASHBOARD_OPTIONS } from './dashboard.tokens.js';
import { Sampler } from './sampler.js';

const DASHBOARD_CONTROLLERS = Symbol.for('nestjs-redis-kit:dashboard-controllers');

/**
 * Pages for those who watch over the application: live plots, caches, sessions, writes, connections and warnings.
 * Needs `RedisModule.forRoot` in the root module, global as by default. Counts while it is there, also without
 * `RedisMetricsModule`.
 *
 * ```ts
 * imports: [RedisModule.forRoot({ … }), RedisDashboardModule.forRoot({ path: '/redis', guard: AdminGuard })]
 * ```
 */
@Module({})
export class RedisDashboardModule implements NestModule {
  constructor(
    @Inject(DASHBOARD_OPTIONS) private readonly options: ResolvedDashboardOptions,
    @Inject(DASHBOARD_CONTROLLERS) private readonly controllers: readonly Type[],
  ) {}

  /**
   * @throws ConfigurationError without a guard, unless `public: true` says that everybody may come in; that is
   * refused in production
   */
  static forRoot(options: RedisDashboardOptions): DynamicModule {
    const resolved = resolveDashboardOptions(options, process.env['NODE_ENV']);
    const { path, guard } = resolved;
    const guards = guard ? [guard] : [];
    const controllers = [
      dashboardReads(path, guards),
      dashboardActions(path, guards),
      dashboardPages(path, guards),
    ];
    return {
      module: RedisDashboardModule,
      imports: [...(options.imports ?? [])],
      controllers,
      providers: [
        { provide: DASHBOARD_OPTIONS, useValue: resolved },
        { provide: DASHBOARD_CONTROLLERS, useValue: controllers },
        Sampler,
        DashboardReads,
        DashboardActions,
      ],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(dashboardHeaders).forRoutes(...this.controllers);
    if (this.options.guard) return;
    new Logger('RedisDashboard').warn(
      `Everybody may open the dashboard at /${this.options.path}, see keys and end sessions (\`public: true\`).`,
    );
  }
}
