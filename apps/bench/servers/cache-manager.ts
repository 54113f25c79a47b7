// @nestjs/cache-manager with its own CacheInterceptor, in the set-ups of the Nest documentation.
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import KeyvRedis from '@keyv/redis';
import { CacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';
import type { ServerSettings } from '../src/control.js';
import { itemsController, startNest } from './nest-app.js';
import { serve } from './serve.js';

const TTL_MS = 3_600_000;

await serve((settings) =>
  startNest({
    imports: [CacheModule.register({ ttl: TTL_MS, ...storesOf(settings) })],
    controllers: [itemsController(CacheInterceptor)],
  }),
);

function storesOf({ redisUrl, variant }: ServerSettings): object {
  if (variant === 'memory') return {};
  const redis = new KeyvRedis(redisUrl);
  if (variant === 'redis') return { stores: [redis] };
  const memory = new CacheableMemory({ ttl: TTL_MS, lruSize: 10_000 });
  return { stores: [new Keyv({ store: memory }), redis] };
}
