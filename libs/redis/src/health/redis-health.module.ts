import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RedisHealth } from './redis-health.js';
import { RedisHealthIndicator } from './redis.health.js';

/** Import it beside `TerminusModule` where the health checks are. Needs `RedisModule` to be global, as by default. */
@Module({
  imports: [TerminusModule],
  providers: [RedisHealth, RedisHealthIndicator],
  exports: [RedisHealth, RedisHealthIndicator],
})
export class RedisHealthModule {}
