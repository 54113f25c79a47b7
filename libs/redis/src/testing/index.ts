// The public API of `nestjs-redis-kit/testing`.

// Real servers
export { startStandalone, type StandaloneTopology } from './standalone.js';
export { startSentinel, type SentinelTopology, type SentinelTopologyOptions } from './sentinel.js';
export { startCluster, type ClusterTopology, type ClusterTopologyOptions } from './cluster.js';
export type { ClusterNode } from './cluster-nodes.js';
export type { RedisNode } from './redis-node.js';
export type { TopologyOptions } from './topology.js';
export type { AccessOptions, TestUser } from './access.js';
export { makeCertificates, type Certificates } from './certificates.js';

// Faults of the network
export { startChaosProxy, type ChaosProxy, type ChaosProxyOptions } from './chaos-proxy.js';
export type { Faults } from './faults.js';

// In a suite
export { useRedis, type SuiteHooks, type SuiteRedis, type UseRedisOptions } from './use-redis.js';
export { fakeClock, FakeClock } from './fake-clock.js';
export { SessionClient, sessionClient, type SessionClients } from './session-client.js';
export {
  assertCacheHit,
  assertCacheMiss,
  assertNotCached,
  cacheStatusOf,
  type CacheStatus,
  type WithHeaders,
} from './cache-status.js';
