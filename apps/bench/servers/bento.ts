// bentocache has no interceptor: the handler asks it, as its documentation shows.
import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import type { Request } from 'express';
import { Redis } from 'ioredis';
import { origin } from './origin.js';
import { startNest } from './nest-app.js';
import { serve } from './serve.js';

const CACHE = Symbol('bentocache');

interface GetOrSet {
  getOrSet(options: { key: string; factory: () => object }): Promise<object>;
}

@Controller()
class ItemsController {
  constructor(@Inject(CACHE) private readonly cache: GetOrSet) {}

  @Get('items/:size')
  item(@Param('size') size: string, @Req() request: object): Promise<object> {
    const { originalUrl } = request as Request;
    return this.cache.getOrSet({ key: originalUrl, factory: () => origin.item(size) });
  }
}

await serve(({ redisUrl, prefix, variant }) => {
  const { host, port, db } = new Redis(redisUrl, { lazyConnect: true }).options;
  const connection = { host, port, db };
  const cache = new BentoCache({
    default: 'items',
    ttl: '1h',
    prefix,
    stores: {
      items: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 10_000, serialize: variant === 'serialized' }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
  return startNest({
    controllers: [ItemsController],
    providers: [{ provide: CACHE, useValue: cache }],
  });
});
