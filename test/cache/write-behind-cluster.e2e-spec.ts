import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
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
import { freePort, RedisServer } from '../support/redis-server.js';

const SLOTS = 16_384;
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

let servers: RedisServer[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  servers = await Promise.all([0, 1, 2].map(startNode));
  await Promise.all(servers.map(joinCluster));
  await eventually(async () => {
    for (const server of servers)
      expect(await server.use((client) => client.cluster('INFO'))).toMatch(
        /cluster_state:ok[\s\S]*cluster_known_nodes:3/,
      );
  }, 10_000);
}, 15_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await rm(folder, { recursive: true });
});

async function startNode(node: number): Promise<RedisServer> {
  const busPort = String(await freePort());
  const file = join(folder, `nodes-${node}.conf`);
  return RedisServer.start(
    ['--cluster-enabled', 'yes', '--cluster-config-file', file, '--cluster-port', busPort].concat([
      '--cluster-node-timeout',
      '2000',
      '--dir',
      folder,
    ]),
  );
}

/** Gives the node its third of the slots and makes it known to the first one. */
async function joinCluster(server: RedisServer, node: number): Promise<void> {
  const from = Math.floor((node * SLOTS) / 3);
  const to = Math.floor(((node + 1) * SLOTS) / 3) - 1;
  const first = await servers[0]?.use((client) => client.config('GET', 'cluster-port'));
  const [, busPort] = first as [string, string];
  await server.use(async (client) => {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    if (node > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', servers[0]?.port ?? 0, busPort);
  });
}

describe('caches with a source on a Redis Cluster', () => {
  it('take, write, settle, bury and revive changes in every slot', async () => {
    const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const connection = { kind: 'cluster' as const, nodes };
    const app = await startApp({ connection }, { imports: [CountersModule] });
    const cache = app.get<Cache<number>>(getCacheToken('counters'), { strict: false });
    const writes = app.get(WriteBehindService);
    const keys = Array.from({ length: 200 }, (_, key) => `{tag ${key}}:key:${key}`);

    await Promise.all(keys.map((key, value) => cache.set(key, value)));
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
    const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const connection = { kind: 'cluster' as const, nodes };
    const app = await startApp({ connection }, { imports: [CountersModule] });
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
