import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheService, RedisModule } from 'nestjs-redis-kit';

type MemorySize = { readonly maxEntries: number; readonly maxBytes: number };

/** An application with a data cache and without a server. */
export function kitApplication(
  redisUrl: string,
  memory?: MemorySize | false,
): Promise<INestApplicationContext> {
  const module = RedisModule.forRoot({
    connection: redisUrl,
    cache: { ttl: '1h', prefix: 'micro:', ...(memory !== undefined && { memory }) },
  });
  return NestFactory.createApplicationContext(module, { logger: ['error'] });
}

export async function kitCache(
  redisUrl: string,
  memory?: MemorySize | false,
): Promise<CacheService> {
  const app = await kitApplication(redisUrl, memory);
  return app.get(CacheService);
}
