// What a hit costs where an entry has one tag, and where it has a thousand.
import { kitCache } from './kit-cache.js';
import { cpuMicros, redisUrl, report } from './report.js';

const memory = await kitCache(redisUrl);
const redis = await kitCache(redisUrl, false);
const values: Record<string, number> = {};
for (const count of [1, 100, 1000]) {
  const key = `with ${count} tags`;
  const tags = Array.from({ length: count }, (_, n) => `tag ${n}`);
  await memory.set(key, { id: 1, name: 'Teapot' }, { tags });
  values[`growth.tags.${count}.l1`] = await cpuMicros(() => memory.get(key));
  values[`growth.tags.${count}.l2`] = await cpuMicros(() => redis.get(key));
}
report(values);
