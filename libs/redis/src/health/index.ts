// The subpath nestjs-redis-kit/health. It needs the package @nestjs/terminus.
export { RedisHealthModule } from './redis-health.module.js';
export { RedisHealthIndicator, type ReadinessOptions } from './redis.health.js';
export { RedisHealth } from './redis-health.js';
export type {
  HealthReport,
  HealthStatus,
  JudgedUse,
  ServerHealth,
  UseHealth,
} from './judge-health.js';
