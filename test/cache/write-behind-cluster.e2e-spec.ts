import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import {
  Cache,
  getCacheToken,
  RedisModule,
  WriteBehindService,
  type CacheSource,
  type Change,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';

const table = new Map<string, number>();

@Injectable()
class CountersSource implements CacheSource<number> {
  load(key: string): number | undefined {
    return table.get(key);
  }

  writeBatch(changes: readonly Change<number>[]): void {
    for (const change of changes) {
      if (change.key === 'bad') throw new Error('no');
      if (change.kind === 'set') table.set(change.key, change.value);
      else table.delete(change.key);
    }
  }
}

@Injectable()
class PricesSource implements CacheSource<number> {
  load(key: string): number | undefined {
    return table.get(key);
  }

  write(key: string, value: number): void {
    table.set(key, value);
  }

  remove(key: string): void {
    table.delete(key);
  }
}

@Module({
  imports: [
    RedisModule.forFeature({
      caches: {
        counters: {
          source: CountersSource,
          writeMode: 'behind',
          writeBehind: { delay: 20, retryDelay: 10, attempts: 2 },
        },
        prices: { source: PricesSource },
      },
    }),
  ],
  providers: [CountersSource, PricesSource],
})
class CountersModule {}

let cluster: ClusterTopology;

beforeAll(async () => {
  cluster = await startCluster({ replicas: 0 });
}, 20_000);

afterAll(() => cluster.stop());

function start(): Promise<INestApplication> {
  // Many writes at once on a busy machine: what is shown here are slots, not deadlines.
  const options = { connection: cluster.connection, cache: { deadline: '2s' } } as const;
  return startApp(options, { imports: [CountersModule] });
}

describe('caches with a source on a Redis Cluster', () => {
  it('take, write, settle, bury and revive changes in every slot', async () => {
    const app = await start();
    const cache = app.get<Cache<number>>(getCacheToken('counters'), { strict: false });
    const writes = app.get(WriteBehindService);
    const keys = Array.from({ length: 200 }, (_, key) => `{tag ${key}}:key:${key}`);

    // One refusal says that nothing is acknowledged, so the caller asks again: connections of a Cluster may close at its start.
    await Promise.all(keys.map((key, value) => eventually(() => cache.set(key, value))));
    await cache.delete(keys[0] ?? '');
    await cache.set('bad', 1);
    await eventually(async () =>
      expect(await writes.lag('counters')).toMatchObject({ pending: 0, deadLetters: 1 }),
    );
    expect(table.size).toBe(199);
    expect(await cache.get(keys[7] ?? '')).toBe(7);
    expect(await cache.get(keys[0] ?? '')).toBeUndefined();

    const [letter] = await writes.deadLetters('counters');
    expect(await writes.retryDeadLetter('counters', letter?.id ?? '')).toBe('retried');
    await eventually(async () =>
      expect(await writes.lag('counters')).toMatchObject({ pending: 0, deadLetters: 1 }),
    );
    await app.close();
  });

  it('read and write through', async () => {
    const app = await start();
    const cache = app.get<Cache<number>>(getCacheToken('prices'), { strict: false });
    table.set('loaded', 5);
    expect(await cache.get('loaded')).toBe(5);
    await cache.set('cached', 6);
    expect(table.get('cached')).toBe(6);
    expect(await cache.delete('cached')).toBe(true);
    expect(table.has('cached')).toBe(false);
    await app.close();
  });
});
