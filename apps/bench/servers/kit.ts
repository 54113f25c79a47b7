// Our cache: CacheInterceptor over the same controller.
import { CacheInterceptor, RedisModule } from 'nestjs-redis-kit';
import { itemsController, startNest } from './nest-app.js';
import { serve } from './serve.js';

await serve(({ redisUrl, prefix, variant }) =>
  startNest({
    imports: [
      RedisModule.forRoot({
        connection: redisUrl,
        cache: { ttl: '1h', prefix, ...(variant === 'l2' && { memory: false }) },
      }),
    ],
    controllers: [itemsController(CacheInterceptor)],
  }),
);
