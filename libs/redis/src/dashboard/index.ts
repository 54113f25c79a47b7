// The subpath nestjs-redis-kit/dashboard.
export { RedisDashboardModule } from './redis-dashboard.module.js';
export type { RedisDashboardOptions } from './dashboard.options.js';
