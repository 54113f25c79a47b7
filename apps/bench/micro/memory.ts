// What 100,000 entries of 1 KB cost in memory. Needs --expose-gc.
import { kitCache } from './kit-cache.js';
import { redisUrl, report } from './report.js';

const ENTRIES = 100_000;
const cache = await kitCache(redisUrl, { maxEntries: 2 * ENTRIES, maxBytes: 4 * 1024 ** 3 });
const value = (n: number): object => ({ n, text: `${n}`.padStart(1000, 'x') });
const bytes = Buffer.byteLength(JSON.stringify(value(1)));
await cache.set('first', value(0));
const before = used();
for (let from = 0; from < ENTRIES; from += 1000) {
  await cache.setMany(Array.from({ length: 1000 }, (_, n) => [`k${from + n}`, value(from + n)]));
}
report({ 'memory.kit': (used() - before) / (ENTRIES * bytes) });

function used(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
