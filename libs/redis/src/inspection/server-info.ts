import { parseInfo } from '../connection/redis-info.js';

/** What one primary says of itself; undefined where it does not say. */
export interface ServerInfo {
  readonly address: string;
  /** `redis`, `valkey` or what else the server calls itself. */
  readonly software: string | undefined;
  /** Of the software itself. To show, never to decide by. */
  readonly version: string | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly memory: {
    readonly usedBytes: number | undefined;
    readonly peakBytes: number | undefined;
    /** 0 for no limit. */
    readonly maxBytes: number | undefined;
    readonly policy: string | undefined;
    readonly fragmentation: number | undefined;
  };
  readonly clients: {
    readonly connected: number | undefined;
    readonly blocked: number | undefined;
    readonly max: number | undefined;
  };
  readonly activity: {
    readonly commandsPerSecond: number | undefined;
    readonly hits: number | undefined;
    readonly misses: number | undefined;
    /** From 0 to 1, over all who use the server; undefined before the first read. */
    readonly hitRatio: number | undefined;
    readonly evictedKeys: number | undefined;
    readonly expiredKeys: number | undefined;
    readonly rejectedConnections: number | undefined;
  };
  readonly replication: {
    readonly role: string | undefined;
    readonly replicas: number | undefined;
    /** Bytes that the slowest replica is behind; undefined without one. */
    readonly lagBytes: number | undefined;
  };
  readonly persistence: {
    readonly appendOnly: boolean | undefined;
    /** Of the last snapshot in the background. */
    readonly lastSaveOk: boolean | undefined;
    readonly unsavedChanges: number | undefined;
  };
  readonly keys: number | undefined;
}

export function serverInfo(address: string, text: string): ServerInfo {
  const fields = parseInfo(text);
  const number = (name: string): number | undefined => numberOf(fields.get(name));
  const flag = (name: string, yes: string): boolean | undefined =>
    fields.has(name) ? fields.get(name) === yes : undefined;
  const [hits, misses] = [number('keyspace_hits'), number('keyspace_misses')];
  return {
    address,
    ...softwareOf(fields),
    uptimeSeconds: number('uptime_in_seconds'),
    memory: {
      usedBytes: number('used_memory'),
      peakBytes: number('used_memory_peak'),
      maxBytes: number('maxmemory'),
      policy: fields.get('maxmemory_policy'),
      fragmentation: number('mem_fragmentation_ratio'),
    },
    clients: {
      connected: number('connected_clients'),
      blocked: number('blocked_clients'),
      max: number('maxclients'),
    },
    activity: {
      commandsPerSecond: number('instantaneous_ops_per_sec'),
      hits,
      misses,
      hitRatio: ratio(hits, misses),
      evictedKeys: number('evicted_keys'),
      expiredKeys: number('expired_keys'),
      rejectedConnections: number('rejected_connections'),
    },
    replication: {
      role: fields.get('role'),
      replicas: number('connected_slaves'),
      lagBytes: lagOf(fields),
    },
    persistence: {
      appendOnly: flag('aof_enabled', '1'),
      lastSaveOk: flag('rdb_last_bgsave_status', 'ok'),
      unsavedChanges: number('rdb_changes_since_last_save'),
    },
    keys: keysOf(fields),
  };
}

/** Valkey reports in `redis_version` the Redis that it is compatible with, and its own version beside it. */
function softwareOf(fields: ReadonlyMap<string, string>): Pick<ServerInfo, 'software' | 'version'> {
  const redis = fields.get('redis_version');
  const software = fields.get('server_name') ?? (redis === undefined ? undefined : 'redis');
  return { software, version: fields.get(`${software}_version`) ?? redis };
}

/** Undefined where there was nothing to hit or miss. */
export function ratio(hits = 0, misses = 0): number | undefined {
  return hits + misses === 0 ? undefined : hits / (hits + misses);
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || Number.isNaN(value) ? undefined : value;
}

/** `slave0:ip=…,port=…,state=online,offset=…,lag=…` */
function lagOf(fields: ReadonlyMap<string, string>): number | undefined {
  const own = numberOf(fields.get('master_repl_offset'));
  const offsets = [...fields]
    .filter(([name]) => /^slave\d+$/.test(name))
    .map(([, line]) => numberOf(/offset=(\d+)/.exec(line)?.[1]))
    .filter((offset) => offset !== undefined);
  return own === undefined || offsets.length === 0 ? undefined : own - Math.min(...offsets);
}

/** `db0:keys=…,expires=…`; an empty database has no line. */
function keysOf(fields: ReadonlyMap<string, string>): number | undefined {
  if (!fields.has('redis_version')) return undefined;
  const lines = [...fields].filter(([name]) => /^db\d+$/.test(name));
  return lines.reduce((sum, [, line]) => sum + Number(/keys=(\d+)/.exec(line)?.[1] ?? 0), 0);
}
