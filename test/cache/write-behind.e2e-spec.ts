import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import {
  Cache,
  getCacheToken,
  RedisModule,
  WriteBehindService,
  type CacheSource,
  type Change,
  type WriteBehindOptions,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

/** The table behind the cache, shared by all nodes of a test, and every batch that it was given. */
const table = new Map<string, number>();
const batches: Change<number>[][] = [];
let beforeWrite: (changes: readonly Change<number>[]) => Promise<void> | void = () => undefined;

@Injectable()
class CountersSource implements CacheSource<number> {
  load(key: string): number | undefined {
    return table.get(key);
  }

  async writeBatch(changes: readonly Change<number>[]): Promise<void> {
    await beforeWrite(changes);
    batches.push([...changes]);
    for (const change of changes) {
      if (change.kind === 'set') table.set(change.key, change.value);
      else table.delete(change.key);
    }
  }
}

interface Node {
  readonly app: INestApplication;
  readonly cache: Cache<number>;
  readonly writes: WriteBehindService;
}

const QUICK: WriteBehindOptions = {
  delay: 20,
  lease: '1s',
  retryDelay: 10,
  maxRetryDelay: 50,
  attempts: 3,
};

let redis: RedisServer;
const nodes: Node[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
beforeEach(async () => {
  await redis.use((client) => client.flushall());
  table.clear();
  batches.length = 0;
  beforeWrite = () => undefined;
});
afterEach(async () => {
  beforeWrite = () => undefined;
  await Promise.all(nodes.splice(0).map(({ app }) => app.close()));
});
afterAll(() => redis.stop());

async function start(writeBehind: WriteBehindOptions = {}): Promise<Node> {
  @Module({
    imports: [
      RedisModule.forFeature({
        caches: {
          counters: {
            source: CountersSource,
            writeMode: 'behind',
            writeBehind: { ...QUICK, ...writeBehind },
          },
        },
      }),
    ],
    providers: [CountersSource],
  })
  class CountersModule {}
  const app = await startApp({ connection: redis.url }, { imports: [CountersModule] });
  const cache = app.get<Cache<number>>(getCacheToken('counters'), { strict: false });
  const node = { app, cache, writes: app.get(WriteBehindService) };
  nodes.push(node);
  return node;
}

/** Holds every write to the source until it is let go. */
function holdSource(): () => void {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  beforeWrite = () => held;
  return letGo;
}

function allWritten({ writes }: Node): Promise<void> {
  return eventually(async () => expect((await writes.lag('counters')).pending).toBe(0));
}

/** Drops the entries, as eviction or their TTL would. */
async function forgetEntries(...keys: string[]): Promise<void> {
  await redis.use(async (client) => {
    for (const name of await client.keys('cache:entry:*'))
      if (keys.some((key) => name.endsWith(`{${key}}`))) await client.del(name);
  });
}

describe('write-behind', () => {
  it('answers before the source has the change, and shows it to every node', async () => {
    const letGo = holdSource();
    const [here, there] = [await start(), await start()];
    await here.cache.set('a', 1);
    expect(table.has('a')).toBe(false);
    expect(await here.cache.get('a')).toBe(1);
    expect(await there.cache.get('a')).toBe(1);
    letGo();
    await allWritten(here);
    expect(table.get('a')).toBe(1);
  });

  it('coalesces the changes of a key and writes many keys in one batch', async () => {
    const node = await start({ delay: 200 });
    await node.cache.set('warm', 0);
    await eventually(() => expect(batches).toHaveLength(1));
    for (let value = 1; value <= 50; value += 1)
      await Promise.all(['x', 'y', 'z'].map((key) => node.cache.set(key, value)));
    await allWritten(node);
    expect(Object.fromEntries(table)).toMatchObject({ x: 50, y: 50, z: 50 });
    expect(batches.flat().length).toBeLessThan(60);
    expect(
      batches.every((batch) => new Set(batch.map(({ key }) => key)).size === batch.length),
    ).toBe(true);
  });

  it('gives each key versions that grow', async () => {
    const node = await start({ delay: 1 });
    for (let value = 0; value < 20; value += 1) {
      await node.cache.set('v', value);
      await allWritten(node);
    }
    const versions = batches.flat().map(({ version }) => version);
    expect(versions).toHaveLength(20);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(versions.every(Number.isSafeInteger)).toBe(true);
  });

  it('keeps versions growing when the clock of Redis goes back', async () => {
    const node = await start();
    const ahead = `${(Date.now() + 3_600_000) * 1000}-0`;
    await redis.use(async (client) => {
      for (let shard = 0; shard < 16; shard += 1) {
        const stream = `cache:changes:counters:{counters:${shard}}`;
        await client.xadd(stream, ahead, 'k', `old:${shard}`, 'o', 'd', 'p', '');
      }
    });
    await node.cache.set('late', 1);
    await node.cache.set('late', 2);
    await allWritten(node);
    expect(table.get('late')).toBe(2);
    const last = batches.flat().findLast(({ key }) => key === 'late');
    expect(last?.version).toBeGreaterThan(Number.parseInt(ahead, 10));
  });

  it('removes behind, too', async () => {
    table.set('gone', 1);
    const letGo = holdSource();
    const node = await start();
    expect(await node.cache.get('gone')).toBe(1);
    expect(await node.cache.delete('gone')).toBe(true);
    expect(await node.cache.get('gone')).toBeUndefined();
    expect(table.has('gone')).toBe(true);
    letGo();
    await allWritten(node);
    expect(table.has('gone')).toBe(false);
  });

  it('never brings back what the source had before, though the entry is gone', async () => {
    table.set('k', 1);
    const letGo = holdSource();
    const [here, there] = [await start(), await start()];
    await here.cache.set('k', 2);
    await here.cache.clear();
    await forgetEntries('k');
    expect(await there.cache.get('k')).toBe(2);
    expect(await there.cache.getOrSet('k', () => 1)).toBe(2);
    letGo();
    await allWritten(here);
    await forgetEntries('k');
    await here.cache.clear();
    expect(await there.cache.get('k')).toBe(2);
  });

  it('writes what waits before the application ends', async () => {
    const node = await start({ delay: '10s' });
    await node.cache.set('warm', 1);
    await eventually(() => expect(table.get('warm')).toBe(1));
    for (let key = 0; key < 300; key += 1) await node.cache.set(`key:${key}`, key);
    expect(table.size).toBe(1);
    await nodes.pop()?.app.close();
    expect(table.size).toBe(301);
    expect(await redis.use((client) => client.keys('cache:owner:*'))).toEqual([]);
  });

  it('ends within its limit when the source hangs, and another process goes on', async () => {
    const letGo = holdSource();
    const node = await start({ drain: 300 });
    await node.cache.set('stuck', 1);
    const began = performance.now();
    await nodes.pop()?.app.close();
    expect(performance.now() - began).toBeLessThan(2500);
    letGo();
    table.clear();
    beforeWrite = () => undefined;
    await allWritten(await start());
    expect(table.get('stuck')).toBe(1);
  });

  it('shares the shards among processes, and takes over those of one that ends', async () => {
    const [first, second] = [await start(), await start()];
    const owners = async (): Promise<number[]> =>
      redis.use(async (client) => {
        const tokens = await client.mget(
          Array.from({ length: 16 }, (_, shard) => `cache:owner:counters:{counters:${shard}}`),
        );
        const names = tokens.map((token) => token?.split(':')[0] ?? '');
        return [...new Set(names)].map((name) => names.filter((one) => one === name).length);
      });
    await eventually(async () => expect(await owners()).toEqual([8, 8]));
    await first.app.close();
    nodes.splice(nodes.indexOf(first), 1);
    await eventually(async () => expect(await owners()).toEqual([16]));
    await Promise.all(Array.from({ length: 50 }, (_, key) => second.cache.set(`s:${key}`, key)));
    await allWritten(second);
    expect(table.size).toBe(50);
  });
});

describe('write-behind to a source that fails', () => {
  it('tries again until the source takes the change, the newest value only', async () => {
    const node = await start({ attempts: 20 });
    let failures = 5;
    beforeWrite = () => {
      if (failures-- > 0) throw new Error('not now');
    };
    await node.cache.set('r', 1);
    await eventually(() => expect(failures).toBeLessThan(4));
    await node.cache.set('r', 2);
    await allWritten(node);
    expect(table.get('r')).toBe(2);
    expect((await node.writes.lag('counters')).deadLetters).toBe(0);
  });

  it('buries what the source refuses, and writes the other keys', async () => {
    const node = await start();
    const buried: unknown[] = [];
    const listen = (event: unknown): void => void buried.push(event);
    subscribe('nestjs-redis-kit:cache:dead-letter', listen);
    beforeWrite = (changes) => {
      if (changes.some(({ key }) => key === 'bad')) throw new Error('check constraint');
    };
    await node.cache.set('bad', 13);
    await Promise.all(Array.from({ length: 30 }, (_, key) => node.cache.set(`good:${key}`, key)));
    await allWritten(node);
    unsubscribe('nestjs-redis-kit:cache:dead-letter', listen);
    expect(table.size).toBe(30);
    const [letter] = await node.writes.deadLetters('counters');
    expect(letter).toMatchObject({
      key: 'bad',
      kind: 'set',
      value: 13,
      error: 'check constraint',
      attempts: 3,
    });
    expect(buried).toEqual([
      expect.objectContaining({ cache: 'counters', key: 'bad', attempts: 3 }),
    ]);
    expect(await node.writes.lag('counters')).toMatchObject({ pending: 0, deadLetters: 1 });
    // Nobody is shown a value that the source does not have.
    expect(await node.cache.get('bad')).toBeUndefined();
  });

  it('tries a dead letter again on request', async () => {
    const node = await start();
    beforeWrite = () => Promise.reject(new Error('no'));
    await node.cache.set('again', 7);
    await allWritten(node);
    const [letter] = await node.writes.deadLetters('counters');
    beforeWrite = () => undefined;
    expect(await node.writes.retryDeadLetter('counters', letter?.id ?? '')).toBe('retried');
    expect(await node.cache.get('again')).toBe(7);
    await allWritten(node);
    expect(table.get('again')).toBe(7);
    expect(await node.writes.deadLetters('counters')).toEqual([]);
    expect(await node.writes.retryDeadLetter('counters', letter?.id ?? '')).toBe('not-found');
  });

  it('never writes a dead letter over a newer change', async () => {
    const node = await start();
    beforeWrite = () => Promise.reject(new Error('no'));
    await node.cache.set('newer', 1);
    await allWritten(node);
    beforeWrite = () => undefined;
    await node.cache.set('newer', 2);
    await allWritten(node);
    const [letter] = await node.writes.deadLetters('counters');
    expect(await node.writes.retryDeadLetter('counters', letter?.id ?? '')).toBe('superseded');
    await allWritten(node);
    expect(table.get('newer')).toBe(2);
  });

  it('drops a dead letter on request', async () => {
    const node = await start();
    beforeWrite = () => Promise.reject(new Error('no'));
    await node.cache.set('drop', 1);
    await allWritten(node);
    const [letter] = await node.writes.deadLetters('counters');
    expect(await node.writes.discardDeadLetter('counters', letter?.id ?? '')).toBe(true);
    expect(await node.writes.discardDeadLetter('counters', letter?.id ?? '')).toBe(false);
    expect(await node.writes.lag('counters')).toMatchObject({ deadLetters: 0 });
  });

  it('waits out an outage however long, and buries nothing', async () => {
    const node = await start({ attempts: 2 });
    let isDown = true;
    let tries = 0;
    beforeWrite = () => {
      tries += 1;
      if (isDown) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    };
    for (let key = 0; key < 20; key += 1) await node.cache.set(`o:${key}`, key);
    await eventually(() => expect(tries).toBeGreaterThan(6));
    expect(await node.writes.lag('counters')).toMatchObject({ pending: 20, deadLetters: 0 });
    isDown = false;
    await allWritten(node);
    expect(table.size).toBe(20);
  });

  it('goes on after a write that never ends', async () => {
    const node = await start({ writeTimeout: 100 });
    let isFirst = true;
    beforeWrite = () => {
      if (!isFirst) return undefined;
      isFirst = false;
      return new Promise(() => undefined);
    };
    await node.cache.set('slow', 1);
    await allWritten(node);
    expect(table.get('slow')).toBe(1);
  });
});

describe('write-behind at its limits', () => {
  it('refuses a change when too many wait, and leaves the cache as it was', async () => {
    const letGo = holdSource();
    const node = await start({ maxPending: 32 });
    await node.cache.set('full', 1);
    await node.cache.set('full', 2);
    await expect(node.cache.set('full', 3)).rejects.toMatchObject({
      code: 'CACHE_BACKLOG_FULL',
      message: expect.stringMatching(/counters.*full.*maxPending/s),
    });
    expect(await node.cache.get('full')).toBe(2);
    expect(await node.writes.lag('counters')).toMatchObject({ pending: 2 });
    letGo();
    await allWritten(node);
    await node.cache.set('full', 4);
  });

  it('says how long the oldest change has waited', async () => {
    const letGo = holdSource();
    const node = await start();
    await node.cache.set('old', 1);
    await eventually(async () => {
      const { oldestMs } = await node.writes.lag('counters');
      expect(oldestMs).toBeGreaterThan(100);
      expect(oldestMs).toBeLessThan(5000);
    });
    letGo();
    await allWritten(node);
    expect(await node.writes.lag('counters')).toEqual({ pending: 0, oldestMs: 0, deadLetters: 0 });
  });

  it('rejects while Redis is down, and works again after it', async () => {
    const node = await start();
    await node.cache.set('before', 1);
    await allWritten(node);
    redis.freeze();
    await expect(node.cache.set('during', 1)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await expect(node.cache.delete('before')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    redis.thaw();
    await eventually(() => node.cache.set('after', 1));
    await allWritten(node);
    expect(table.get('after')).toBe(1);
  });

  it('refuses a value above maxEntryBytes', async () => {
    const node = await start();
    const tooLarge = 'x'.repeat(9 * 1024 * 1024) as unknown as number;
    await expect(node.cache.set('large', tooLarge)).rejects.toMatchObject({
      code: 'CACHE_VALUE_TOO_LARGE',
    });
  });

  it('leaves nothing in Redis but empty streams once the source has everything', async () => {
    const node = await start();
    for (let key = 0; key < 50; key += 1) await node.cache.set(`t:${key}`, key);
    await allWritten(node);
    await redis.use(async (client) => {
      const streams = await client.keys('cache:changes:*');
      const lengths = await Promise.all(streams.map((stream) => client.xlen(stream)));
      expect(new Set(lengths)).toEqual(new Set([0]));
      expect(await client.keys('cache:unsaved:*')).toEqual([]);
      expect(await client.keys('cache:dead:*')).toEqual([]);
    });
  });

  it('says why it does not tell the lag while Redis is down', async () => {
    const node = await start();
    await redis.kill();
    await expect(node.writes.lag('counters')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await redis.restart();
    await eventually(() => node.writes.lag('counters'));
  });

  it('answers for no cache that it does not know', async () => {
    const node = await start();
    expect(node.writes.caches).toEqual(['counters']);
    await expect(node.writes.lag('others')).rejects.toThrow(/caches\.others.*counters/);
  });
});
