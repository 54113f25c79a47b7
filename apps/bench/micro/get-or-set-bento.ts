import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { perSecond, redisUrl, report } from './report.js';

const { hostname: host, port } = new URL(redisUrl);
const connection = { host, port: Number(port) };
// By reference, its fastest set-up. A key that nobody has stored before: bentocache 1.6.1 keeps what it finds in
// Redis as text in such an L1 and fails on the next read.
const cache = new BentoCache({
  default: 'items',
  ttl: '1h',
  prefix: `micro-bento-${process.pid}`,
  stores: {
    items: bentostore()
      .useL1Layer(memoryDriver({ maxItems: 10_000, serialize: false }))
      .useL2Layer(redisDriver({ connection }))
      .useBus(redisBusDriver({ connection })),
  },
});
const factory = (): object => ({ id: 1, name: 'Teapot' });
report({ 'getOrSet.bento': await perSecond(() => cache.getOrSet({ key: 'product:1', factory })) });
