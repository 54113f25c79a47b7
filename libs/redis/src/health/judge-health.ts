import type { BreakerState } from '../connection/circuit-breaker.js';

/** `degraded`: everything is answered, some of it without Redis. `down`: sessions are not answered. */
export type HealthStatus = 'up' | 'degraded' | 'down';

/** What a server said of itself; undefined where it did not. */
export interface ServerHealth {
  /** `host:port`, or the path of a Unix socket. */
  readonly address: string;
  /** Round trip of PING; undefined where there was no answer. */
  readonly latencyMs: number | undefined;
  /** Why there was no answer. */
  readonly error: string | undefined;
  /** A primary is `master` in Redis' own words. */
  readonly role: string | undefined;
  readonly replicas: number | undefined;
  readonly usedBytes: number | undefined;
  /** 0 for no limit. */
  readonly maxBytes: number | undefined;
  readonly policy: string | undefined;
}

/** One use of Redis: the clients of the cache, or of sessions. */
export interface UseHealth {
  readonly connection: string;
  readonly use: 'cache' | 'session';
  /** Undefined where nothing has been asked of Redis for this use. */
  readonly breaker: BreakerState | undefined;
  /** Every primary; empty while there is no connection. */
  readonly servers: readonly ServerHealth[];
}

/** The cache or the sessions, and why they are not up. */
export interface JudgedUse extends UseHealth {
  readonly status: HealthStatus;
  /** Empty while it is up. */
  readonly reasons: readonly string[];
}

/** What `RedisHealth.check` tells: the worst of what the application uses, and each use. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly uses: readonly JudgedUse[];
}

const ORDER: readonly HealthStatus[] = ['up', 'degraded', 'down'];

/**
 * Pure. The cache goes on without Redis, so without it the application is degraded; without sessions it is down. On a
 * Cluster, some primaries that do not answer degrade, since the others go on.
 */
export function judgeHealth(uses: readonly UseHealth[]): HealthReport {
  const judged = uses.map((use) => ({ ...use, ...judgeUse(use) }));
  return { status: worst(judged.map(({ status }) => status)), uses: judged };
}

function judgeUse({ use, breaker, servers }: UseHealth): Pick<JudgedUse, 'status' | 'reasons'> {
  const lost: HealthStatus = use === 'session' ? 'down' : 'degraded';
  if (servers.length === 0) return { status: lost, reasons: ['not connected'] };
  const useless = servers.map(uselessness);
  // Requests with a session are refused while it is open, whatever PING says.
  const isRefused = use === 'session' && breaker === 'open';
  const isLost = isRefused || useless.every((reason) => reason !== undefined);
  const hurt = [...useless, ...servers.map(fullness), breakerReason(breaker)];
  const reasons = hurt.filter((reason) => reason !== undefined);
  if (isLost) return { status: lost, reasons };
  return { status: reasons.length === 0 ? 'up' : 'degraded', reasons };
}

/** Why a server can serve nobody. */
function uselessness({ address, error, role }: ServerHealth): string | undefined {
  if (error !== undefined) return `${address}: ${error}`;
  // Writes to a replica are refused: a failover that this client has not noticed.
  return role === 'slave' ? `${address} is a replica` : undefined;
}

/** Redis refuses writes at `maxmemory` when it may not evict (redis.conf, "maxmemory-policy"). */
function fullness({
  address,
  usedBytes = 0,
  maxBytes = 0,
  policy,
}: ServerHealth): string | undefined {
  const isFull = maxBytes > 0 && usedBytes >= maxBytes && policy === 'noeviction';
  return isFull ? `${address} is full and refuses writes` : undefined;
}

function breakerReason(breaker: BreakerState | undefined): string | undefined {
  return breaker === 'open' || breaker === 'half-open' ? `breaker is ${breaker}` : undefined;
}

function worst(statuses: readonly HealthStatus[]): HealthStatus {
  return ORDER[Math.max(0, ...statuses.map((status) => ORDER.indexOf(status)))]!;
}
