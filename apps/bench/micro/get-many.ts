// 100 keys from Redis: one batch against 100 reads at once.
import { kitCache } from './kit-cache.js';
import { perSecond, redisUrl, report } from './report.js';

const cache = await kitCache(redisUrl, false);
const keys = Array.from({ length: 100 }, (_, n) => `product:${n}`);
for (const key of keys) await cache.set(key, { id: key, name: 'Teapot' });
const many = await cache.getMany(keys);
if (many.size !== keys.length) throw new Error(`getMany has found ${many.size} of 100.`);

report({
  'getMany.kit': await perSecond(() => cache.getMany(keys)),
  'get100.kit': await perSecond(async () => {
    for (const key of keys) await cache.get(key);
  }),
  'get100parallel.kit': await perSecond(() => Promise.all(keys.map((key) => cache.get(key)))),
});
