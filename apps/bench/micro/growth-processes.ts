// One of several processes on one cache: what its hits cost while each of them invalidates keys.
import { setTimeout } from 'node:timers/promises';
import { kitCache } from './kit-cache.js';
import { cpuMicros, redisUrl, report } from './report.js';

const INVALIDATES_EVERY_MS = 50;

const memory = await kitCache(redisUrl);
const redis = await kitCache(redisUrl, false);
const load = (): object => ({ id: 1, name: 'Teapot' });
await memory.getOrSet('shared', load);
const invalidating = setInterval(
  () => void memory.delete(`of ${process.pid}`),
  INVALIDATES_EVERY_MS,
);
// All begin together, when the last has started.
await setTimeout(Math.max(0, Number(process.env.BENCH_BEGINS_AT) - Date.now()));
const l1 = await cpuMicros(() => memory.get('shared'));
const l2 = await cpuMicros(() => redis.get('shared'));
clearInterval(invalidating);
report({ l1, l2 });
