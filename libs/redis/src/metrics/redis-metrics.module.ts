import {
  Controller,
  Get,
  Header,
  Inject,
  Module,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
  type CanActivate,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { exportMetrics } from './open-telemetry.js';
import { exportSpans } from './open-telemetry-spans.js';
import { optionalPackage } from './optional-package.js';
import { exposeTo, type PrometheusRegistry } from './prometheus.js';
import { RedisMetrics } from './redis-metrics.js';

/** Option `prometheus`. Needs the package prom-client. */
export interface PrometheusOptions {
  /** Route of the endpoint, such as `'metrics'`. Default: no endpoint; whoever has one scrapes `registry`. */
  readonly path?: string;
  /** Guards of the endpoint. Default none: what it tells is not personal, and still not for everybody. */
  readonly guards?: readonly Type<CanActivate>[];
  /** Default: one of its own. Give prom-client's `register` to have these metrics beside others. */
  readonly registry?: PrometheusRegistry;
}

/** Option `openTelemetry`. Needs the package @opentelemetry/api, and an SDK that the application sets up. */
export interface OpenTelemetryOptions {
  /** Default true. */
  readonly metrics?: boolean;
  /** Default true. */
  readonly spans?: boolean;
}

/** Options of `RedisMetricsModule.forRoot`. Without any it counts, for `RedisMetrics` and the inspector. */
export interface RedisMetricsOptions {
  readonly prometheus?: PrometheusOptions;
  readonly openTelemetry?: OpenTelemetryOptions | boolean;
}

const METRICS_OPTIONS = Symbol.for('nestjs-redis-kit:metrics-options');
const METRICS_REGISTRY = Symbol.for('nestjs-redis-kit:metrics-registry');

/** Begins to count when the application starts and ends with it. */
class MetricsLifecycle implements OnModuleInit, OnApplicationShutdown {
  #ends: (() => void)[] = [];

  constructor(
    private readonly options: RedisMetricsOptions,
    private readonly metrics: RedisMetrics,
    private readonly registry: PrometheusRegistry | undefined,
  ) {}

  async onModuleInit(): Promise<void> {
    const { metrics, registry } = this;
    this.#ends.push(metrics.start());
    if (registry) this.#ends.push(exposeTo(registry, () => metrics.collect()));
    await this.#startOpenTelemetry(this.options.openTelemetry ?? false);
  }

  onApplicationShutdown(): void {
    for (const end of this.#ends.splice(0).toReversed()) end();
  }

  async #startOpenTelemetry(option: OpenTelemetryOptions | boolean): Promise<void> {
    if (option === false) return;
    const { metrics = true, spans = true } = option === true ? {} : option;
    const load = (): Promise<typeof import('@opentelemetry/api')> => import('@opentelemetry/api');
    const api = await optionalPackage('@opentelemetry/api', 'openTelemetry', load);
    if (metrics) this.#ends.push(exportMetrics(api, this.metrics));
    if (spans) this.#ends.push(exportSpans(api));
  }
}

/**
 * Counts, and shows the counts to Prometheus or OpenTelemetry. Needs `RedisModule.forRoot` in the root module, global
 * as by default.
 *
 * ```ts
 * imports: [RedisModule.forRoot({ … }), RedisMetricsModule.forRoot({ prometheus: { path: 'metrics' } })]
 * ```
 */
@Module({})
export class RedisMetricsModule {
  /** @throws ConfigurationError at start, for an option whose package is not installed */
  static forRoot(options: RedisMetricsOptions = {}): DynamicModule {
    const { prometheus } = options;
    return {
      module: RedisMetricsModule,
      controllers: prometheus?.path === undefined ? [] : [endpoint(prometheus.path, prometheus)],
      providers: [
        { provide: METRICS_OPTIONS, useValue: options },
        { provide: METRICS_REGISTRY, useFactory: () => prometheus && registryOf(prometheus) },
        {
          provide: MetricsLifecycle,
          inject: [METRICS_OPTIONS, RedisMetrics, METRICS_REGISTRY],
          useFactory: (
            given: RedisMetricsOptions,
            metrics: RedisMetrics,
            registry: PrometheusRegistry | undefined,
          ) => new MetricsLifecycle(given, metrics, registry),
        },
      ],
    };
  }
}

async function registryOf({ registry }: PrometheusOptions): Promise<PrometheusRegistry> {
  if (registry) return registry;
  const load = (): Promise<typeof import('prom-client')> => import('prom-client');
  const { Registry } = await optionalPackage('prom-client', 'prometheus', load);
  return new Registry();
}

interface TextResponse {
  type(type: string): TextResponse;
  send(text: string): unknown;
}

function endpoint(path: string, { guards = [] }: PrometheusOptions): Type {
  // A scraper has one address: versions of the application do not move it.
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards)
  class RedisMetricsController {
    constructor(@Inject(METRICS_REGISTRY) private readonly registry: PrometheusRegistry) {}

    @Get()
    @Header('Cache-Control', 'no-store')
    async scrape(@Res() response: TextResponse): Promise<void> {
      const text = await this.registry.metrics();
      // By hand: an interceptor of the application that wraps answers would make it unreadable.
      response.type(this.registry.contentType).send(text);
    }
  }
  return RedisMetricsController;
}
