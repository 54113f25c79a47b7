import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { asError } from '../common/errors.js';
import { withDeadline } from '../connection/deadline.js';
import { isCluster, type RedisClient } from '../connection/redis-client.js';
import { RedisConnections } from '../connection/redis-connections.js';
import { infoNumber, parseInfo } from '../connection/redis-info.js';
import {
  judgeHealth,
  type HealthReport,
  type ServerHealth,
  type UseHealth,
} from './judge-health.js';

/** Below the timeouts of those who ask: Kubernetes gives a probe one second. */
const LIMIT_MS = 800;

/** How Redis is, as the application uses it: asked over the very clients of cache and sessions. */
@Injectable()
export class RedisHealth {
  #running: Promise<HealthReport> | undefined;

  constructor(@Inject(RedisConnections) private readonly connections: RedisConnections) {}

  /**
   * Asks every primary, all at once; who asks meanwhile shares the answer. Never throws.
   *
   * @param limitMs longest wait for a server. Default 800
   */
  check(limitMs = LIMIT_MS): Promise<HealthReport> {
    this.#running ??= this.#check(limitMs).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #check(limitMs: number): Promise<HealthReport> {
    const uses = this.connections.opened.map(async ({ name, role, client }) => {
      if (role !== 'cache' && role !== 'session') return undefined;
      const servers = await Promise.all(
        primaries(client).map((redis) => serverHealth(redis, limitMs)),
      );
      // Now: an answer just given may have closed it.
      const breaker = this.connections.breakers.stateOf(name, role);
      return { connection: name, use: role, breaker, servers } satisfies UseHealth;
    });
    return judgeHealth((await Promise.all(uses)).filter((use) => use !== undefined));
  }
}

/** None while there is no connection: what is sent then would only wait in a queue. */
function primaries(client: RedisClient): Redis[] {
  if (client.status !== 'ready') return [];
  return isCluster(client) ? client.nodes('master') : [client];
}

async function serverHealth(redis: Redis, limitMs: number): Promise<ServerHealth> {
  const { path, host = '127.0.0.1', port = 6379 } = redis.options;
  const startedAt = performance.now();
  const ping = withDeadline(redis.ping(), limitMs).then(
    () => ({ latencyMs: performance.now() - startedAt, error: undefined }),
    (error: unknown) => ({ latencyMs: undefined, error: asError(error).message }),
  );
  // Where a rule of access refuses INFO, PING decides alone.
  const info = withDeadline(redis.info(), limitMs).catch(() => '');
  const [answer, text] = await Promise.all([ping, info]);
  const fields = parseInfo(text);
  return {
    address: path ?? `${host}:${port}`,
    ...answer,
    role: fields.get('role'),
    replicas: infoNumber(fields, 'connected_slaves'),
    usedBytes: infoNumber(fields, 'used_memory'),
    maxBytes: infoNumber(fields, 'maxmemory'),
    policy: fields.get('maxmemory_policy'),
  };
}
