import { Logger } from '@nestjs/common';
import type { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { CacheRuntime } from './cache/cache-runtime.js';
import { HttpCache } from './cache/http/http-cache.js';
import type { RequestListener } from './cache/http/refresh-request.js';
import { storedResponseCodec } from './cache/http/stored-response.js';
import { RedisConnections } from './connection/redis-connections.js';
import type { ResolvedOptions } from './resolve-options.js';

/** A listening connection answers its heartbeat within this time or is replaced. */
const SUBSCRIBER_TIMEOUT_MS = 1000;
/** Redis itself ends a WAIT in time; this is for the way there and back. */
const REPLY_SLACK_MS = 1000;
/** Background work moves large batches and nobody waits for it. */
const WORKER_TIMEOUT_MS = 5000;

/** The clients of the connections, each role with its limit. */
export function openConnections({
  connections,
  cache,
  session,
  structures,
}: ResolvedOptions): Promise<RedisConnections> {
  return RedisConnections.open(connections, {
    general: 0,
    // Their operations end at deadlines; these are the net below.
    cache: 2 * cache.deadlineMs,
    session: 2 * (session?.deadlineMs ?? 0),
    subscriber: SUBSCRIBER_TIMEOUT_MS,
    worker: WORKER_TIMEOUT_MS,
    structures: 2 * structures.deadlineMs,
    messages: SUBSCRIBER_TIMEOUT_MS,
    replicas: REPLY_SLACK_MS + (session?.waitForReplicas?.timeoutMs ?? 0),
  });
}

/** What makes the caches of the application. */
export function createCacheRuntime(
  { cache }: ResolvedOptions,
  connections: RedisConnections,
): CacheRuntime {
  const logger = new Logger('RedisCache');
  return new CacheRuntime({
    options: cache,
    client: connections.client(cache.connection, 'cache'),
    breaker: connections.breaker(cache.connection),
    subscriber: connections.client(cache.connection, 'subscriber'),
    workerClient: () => connections.client(cache.connection, 'worker'),
    log: (line) => logger.warn(line),
  });
}

interface HttpCacheSurroundings {
  readonly runtime: CacheRuntime;
  readonly host: HttpAdapterHost;
  readonly modules: ModuleRef;
}

/** The stored answers of routes. One per runtime: two would not see each other's flights. */
export function createHttpCache(
  { cache }: ResolvedOptions,
  { runtime, host, modules }: HttpCacheSurroundings,
): HttpCache {
  const options = { ...cache, compression: false as const };
  return new HttpCache({
    answers: runtime.createEntries('http', storedResponseCodec, options),
    listener: () => host.httpAdapter.getInstance<RequestListener>(),
    validatorOf: (type) => modules.get(type, { strict: false }),
    refreshLimitMs: cache.loadWaitMs,
    defaults: cache.http,
    maxBodyBytes: cache.maxEntryBytes,
    ttlMs: cache.ttlMs,
    policy: cache.policy,
  });
}
