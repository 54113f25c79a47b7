// What a hit costs beside a thousand entries and beside a million, and what the end of a tag of a tenth of them does.
import { CacheService, RedisConnections, type RedisClient } from 'nestjs-redis-kit';
import { median } from '../src/report/statistics.js';
import { kitApplication } from './kit-cache.js';
import { cpuMicros, redisUrl, report } from './report.js';

const most = Number(process.env.BENCH_ENTRIES);
const SIZES = [1000, 100_000, 1_000_000].filter((size) => size <= most);
const AT_ONCE = 1000;
const READS_AT_ONCE = 16;

const withMemory = await kitApplication(redisUrl, {
  maxEntries: 2 * most,
  maxBytes: 4 * 1024 ** 3,
});
const withoutMemory = await kitApplication(redisUrl, false);
const memory = withMemory.get(CacheService);
const redis = withoutMemory.get(CacheService);
const values: Record<string, number> = {};

let filled = 0;
for (const size of SIZES) {
  await fill(size);
  values[`growth.entries.${size}.l1`] = await cpuMicros(() => memory.get(anyOf(size)));
  values[`growth.entries.${size}.l2`] = await readsOf(size);
}
const readBefore = await steadyReads();
const before = await commands();
const startedAt = performance.now();
await redis.invalidateTags(['tenth']);
values['tag.ms'] = performance.now() - startedAt;
values['tag.commands'] = (await commands()) - before;
values['tag.readsAfter'] = (await steadyReads()) / readBefore;
report(values);

async function fill(size: number): Promise<void> {
  for (; filled < size; filled += AT_ONCE) {
    const first = filled;
    const entries = Array.from({ length: AT_ONCE }, (_, n) => entryOf(first + n));
    // A tenth of those of the largest size, spread over all of them.
    const tags = (first / AT_ONCE) % 10 === 0 ? ['tenth'] : ['rest'];
    await memory.setMany(entries, { tags });
  }
}

function entryOf(n: number): [key: string, value: object] {
  return [`product:${n}`, { id: n, name: 'Teapot' }];
}

function anyOf(size: number): string {
  return `product:${Math.floor(Math.random() * size)}`;
}

/** As a server reads that has several requests at once. */
async function readsOf(size: number): Promise<number> {
  const batch = (): Promise<unknown> =>
    Promise.all(Array.from({ length: READS_AT_ONCE }, () => redis.get(anyOf(size))));
  return (await cpuMicros(batch)) / READS_AT_ONCE;
}

/** The median, since there is only one invalidation to compare before and after. */
async function steadyReads(): Promise<number> {
  const reads: number[] = [];
  for (let n = 0; n < 5; n++) reads.push(await readsOf(most));
  return median(reads);
}

/** All that Redis was asked, without the looking itself and what clients send by themselves. */
async function commands(): Promise<number> {
  const client: RedisClient = withoutMemory.get(RedisConnections).client('default', 'cache');
  const stats = await (client as { info(section: string): Promise<string> }).info('commandstats');
  return [...stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)]
    .filter(([, name]) => !/^(info|ping|time|hello|client|auth)/.test(name ?? ''))
    .reduce((sum, [, , calls]) => sum + Number(calls), 0);
}
