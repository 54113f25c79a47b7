import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CacheService, RedisModule } from 'nestjs-redis-kit';

/** The data cache of an application without a server. */
export async function kitCache(
  redisUrl: string,
  memory?: { readonly maxEntries: number; readonly maxBytes: number } | false,
): Promise<CacheService> {
  const module = RedisModule.forRoot({
    connection: redisUrl,
    cache: { ttl: '1h', prefix: 'micro:', ...(memory !== undefined && { memory }) },
  });
  const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
  return app.get(CacheService);
}
