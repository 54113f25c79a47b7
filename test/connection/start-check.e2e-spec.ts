import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { CacheService, type RedisModuleOptions } from 'nestjs-redis-kit';
import { SECRET, startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { startCluster, startStandalone, type StandaloneTopology } from 'nestjs-redis-kit/testing';

const session = { secret: SECRET, deadline: '10s' } as const;
const apps: INestApplication[] = [];
const servers: StandaloneTopology[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await Promise.all(servers.splice(0).map((one) => one.stop()));
});

async function server(config: Record<string, string> = {}): Promise<StandaloneTopology> {
  const started = await startStandalone({ config });
  servers.push(started);
  return started;
}

/** @returns what is logged from the start on, as it comes */
async function linesOf(options: RedisModuleOptions): Promise<string[]> {
  const lines: string[] = [];
  const ignore = (): void => undefined;
  const warn = (line: string): void => void lines.push(line);
  const logger: LoggerService = { log: ignore, error: ignore, debug: ignore, warn };
  const cache = { deadline: '5s', ...options.cache } as const;
  const app = await startApp({ ...options, cache }, {}, (made) => made.useLogger(logger));
  apps.push(app);
  return lines;
}

describe('the check at start', () => {
  it('says in one line which commands a server lacks', async () => {
    const redis = await server({ 'rename-command': 'UNLINK ""' });
    const lines = await linesOf({ connection: redis.url, session });
    await eventually(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toContain('lacks UNLINK, needed for cache and sessions');
  });

  it('says what may evict sessions, and what writes a cache to disk', async () => {
    const [cache, sessions] = await Promise.all([
      server({ appendonly: 'yes' }),
      server({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' }),
    ]);
    const lines = await linesOf({
      connection: cache.url,
      connections: { sessions: sessions.url },
      session: { ...session, connection: 'sessions' },
    });
    await eventually(() => expect(lines).toHaveLength(2));
    expect(lines[0]).toMatch(/`default`: .*only caches writes every command to disk/);
    expect(lines[1]).toMatch(/`sessions`: .*`maxmemory-policy allkeys-lru` may evict sessions/);
  });

  it('judges only what a limited user is told, and starts', async () => {
    const redis = await server({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' });
    await redis.nodes[0]!.use((client) =>
      client.call('ACL', ...`SETUSER app on >pass ~* &* +@all -command -config -info`.split(' ')),
    );
    const lines = await linesOf({ connection: redis.url.replace('//', '//app:pass@'), session });
    const app = apps[0]!;
    await app.get(CacheService).set('key', 'value');
    await app.close();
    apps.splice(0);
    expect(lines.filter((line) => line.startsWith('Redis connection'))).toEqual([]);
  });

  it('says nothing of a plain server and of a Cluster for development', async () => {
    const redis = await server();
    const cluster = await startCluster({ replicas: 0 });
    try {
      const lines = [
        await linesOf({ connection: redis.url, session }),
        await linesOf({ connection: cluster.connection, session }),
      ];
      // Closing waits for the check.
      await Promise.all(apps.splice(0).map((app) => app.close()));
      expect(lines.flat()).toEqual([]);
    } finally {
      await cluster.stop();
    }
  });

  it('neither fails nor is waited for where Redis is frozen', async () => {
    const redis = await server();
    redis.nodes[0]!.freeze();
    const lines = await linesOf({ connection: redis.url, cache: { deadline: '250ms' } });
    expect(apps).toHaveLength(1);
    expect(lines.filter((line) => line.includes('lacks'))).toEqual([]);
    redis.nodes[0]!.thaw();
  });
});
