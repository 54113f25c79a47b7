// The subpath nestjs-redis-kit/metrics. prom-client and @opentelemetry/api are loaded where an option asks for them.
export {
  RedisMetricsModule,
  type OpenTelemetryOptions,
  type PrometheusOptions,
  type RedisMetricsOptions,
} from './redis-metrics.module.js';
export type { PrometheusRegistry } from './prometheus.js';
