// Some batches of 100 keys, for counting their commands.
import { kitCache } from './kit-cache.js';
import { redisUrl, report } from './report.js';

const cache = await kitCache(redisUrl, false);
const keys = Array.from({ length: 100 }, (_, n) => `product:${n}`);
for (let left = Number(process.env.BENCH_BATCHES ?? 1); left > 0; left--) await cache.getMany(keys);
report({});
