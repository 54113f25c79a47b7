// Our cache: CacheInterceptor over the same controller.
import { CacheInterceptor, CacheScope, FastLane, RedisModule } from 'nestjs-redis-kit';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { itemsController, startNest } from './nest-app.js';
import { serve } from './serve.js';

const MEMORY = {
  l1: {},
  l2: { memory: false },
  metrics: {},
  // The lane learns a route anew once its entry in memory has ended.
  'fast-lane': { memory: { ttl: '1h' }, http: { fastLane: { confirmAfter: 1 } } },
} as const;

await serve(({ redisUrl, prefix, variant }) => {
  const controller = itemsController(CacheInterceptor);
  if (variant === 'fast-lane') {
    CacheScope('public')(controller);
    FastLane()(controller);
  }
  return startNest({
    imports: [
      RedisModule.forRoot({
        connection: redisUrl,
        cache: { ttl: '1h', prefix, ...MEMORY[variant as keyof typeof MEMORY] },
      }),
      ...(variant === 'metrics'
        ? [RedisMetricsModule.forRoot({ prometheus: { path: 'metrics' } })]
        : []),
    ],
    controllers: [controller],
  });
});
