/** A counter only grows; a histogram counts observations by size; a gauge has a value when it is asked for. */
export type MetricKind = 'counter' | 'histogram' | 'gauge';

/** What a metric is called, counts and means. */
export interface MetricDefinition {
  /** As in OpenTelemetry: lower case, parts by dots. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM, as OpenTelemetry has it: `s`, `By`, or what is counted in braces. */
  readonly unit: string;
  readonly help: string;
  /** Each has few values: never a key, a session or a user. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
  /** Of a gauge that two applications of one process tell: what each has adds up. Default: the higher one counts. */
  readonly isSummed?: boolean;
}

/** Those of OpenTelemetry for databases, and finer ones where a local Redis answers. */
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const KIB = 1024;
const BYTES = [256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB];
const LIVES = [1, 10, 60, 300, 600, 1800, 3600, 6 * 3600, 24 * 3600];

function counter(
  name: string,
  unit: string,
  help: string,
  ...labels: string[]
): Readonly<MetricDefinition> {
  return { name: `nestjs_redis_kit.${name}`, kind: 'counter', unit, help, labels };
}

function gauge(
  name: string,
  unit: string,
  help: string,
  ...labels: string[]
): Readonly<MetricDefinition> {
  return { name: `nestjs_redis_kit.${name}`, kind: 'gauge', unit, help, labels };
}

/**
 * Every metric, by the name that the code has for it. `db.client.operation.duration` is OpenTelemetry's
 * (semantic conventions for database clients); there is none for caches and sessions.
 */
export const CATALOG = {
  operationDuration: {
    name: 'db.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time of operations on Redis, as their callers waited for it.',
    labels: ['db.system.name', 'db.operation.name', 'error.type', 'nestjs_redis_kit.client.role'],
    buckets: SECONDS,
  },
  cacheRequests: counter(
    'cache.requests',
    '{request}',
    'Reads of a cache by what came of them: l1, l2, miss or stale.',
    'cache',
    'result',
  ),
  cacheStale: counter(
    'cache.stale_serves',
    '{request}',
    'Stale values served, by the reason: revalidate, error or timeout.',
    'cache',
    'reason',
  ),
  cacheCollapsed: counter(
    'cache.collapsed_loads',
    '{load}',
    'Callers that joined a load which another caller of this process had begun.',
    'cache',
  ),
  cacheLoadDuration: {
    name: 'nestjs_redis_kit.cache.load.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time of loaders.',
    labels: ['cache', 'outcome'],
    buckets: SECONDS,
  },
  cacheTtl: {
    name: 'nestjs_redis_kit.cache.entry.ttl',
    kind: 'histogram',
    unit: 's',
    help: 'TTL of loaded values when they were stored.',
    labels: ['cache'],
    buckets: LIVES,
  },
  cacheIo: counter(
    'cache.io',
    'By',
    'Bytes of entries between this process and Redis.',
    'cache',
    'direction',
  ),
  cacheEvictions: counter(
    'cache.memory.evictions',
    '{entry}',
    'Entries that left the memory of this process to make room.',
    'cache',
  ),
  cacheErrors: counter(
    'cache.errors',
    '{error}',
    'Failures that a cache went on without.',
    'cache',
    'operation',
  ),
  cacheInvalidations: counter(
    'cache.invalidations',
    '{name}',
    'Keys and generations that this process invalidated.',
    'kind',
  ),
  memoryEntries: {
    ...gauge('cache.memory.entries', '{entry}', 'Entries in memory.', 'cache'),
    isSummed: true,
  },
  memorySize: {
    ...gauge('cache.memory.size', 'By', 'Bytes of the entries in memory.', 'cache'),
    isSummed: true,
  },
  sourceChanges: counter(
    'cache.source.changes',
    '{change}',
    'Changes written behind to a source.',
    'cache',
  ),
  sourceWriteDuration: {
    name: 'nestjs_redis_kit.cache.source.write.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time of batches written behind to a source.',
    labels: ['cache'],
    buckets: SECONDS,
  },
  sourceRetries: counter(
    'cache.source.retries',
    '{change}',
    'Changes that a source did not take and that are tried again: outage or refused.',
    'cache',
    'reason',
  ),
  sourceBuried: counter('cache.source.buried', '{change}', 'Changes given up.', 'cache'),
  sourceBacklogFull: counter(
    'cache.source.backlog_full',
    '{change}',
    'Changes refused since too many wait.',
    'cache',
  ),
  sourcePending: gauge(
    'cache.source.pending',
    '{change}',
    'Changes that a source does not have, over all processes.',
    'cache',
  ),
  sourceLag: gauge('cache.source.lag', 's', 'Age of the oldest change that waits.', 'cache'),
  deadLetters: gauge('cache.source.dead_letters', '{change}', 'Dead letters kept.', 'cache'),
  breakerState: gauge(
    'connection.breaker.state',
    '{state}',
    'Breakers by their use (cache, session, structures): 0 closed, 1 half-open, 2 open.',
    'connection',
    'use',
  ),
  breakerChanges: counter(
    'connection.breaker.changes',
    '{change}',
    'Changes of breakers, by the state that they came to.',
    'connection',
    'use',
    'state',
  ),
  connectionChanges: counter(
    'connection.changes',
    '{change}',
    'Connections lost and ready again.',
    'connection',
    'role',
    'status',
  ),
  embeddedChanges: counter(
    'connection.embedded.changes',
    '{change}',
    'Embedded servers that ended, run again or are given up.',
    'connection',
    'status',
  ),
  sessionLoads: counter('session.loads', '{session}', 'Stored sessions read for a request.'),
  sessionSaves: counter('session.saves', '{session}', 'Sessions written.', 'kind'),
  sessionConflicts: counter('session.conflicts', '{save}', 'Saves that met another writer.'),
  sessionRenewals: counter('session.renewals', '{session}', 'Expiries pushed out.'),
  sessionRefusals: counter(
    'session.refusals',
    '{save}',
    'Saves that were refused: ended or too-large; and logins: limit.',
    'reason',
  ),
  csrfRefusals: counter(
    'session.csrf_refusals',
    '{request}',
    'Requests refused that the page of another site may have sent.',
    'reason',
  ),
  sessionRisks: counter(
    'session.risks',
    '{sign}',
    'Signs that somebody else may use a session: user-agent, network or old-id.',
    'sign',
  ),
  sessionLarge: counter('session.large', '{save}', 'Saves near the size limit.'),
  sessionCorrupt: counter('session.corrupt', '{session}', 'Stored data that is no session.'),
  sessionFailures: counter(
    'session.failures',
    '{operation}',
    'Session operations that Redis did not answer.',
    'operation',
  ),
  sessionEvents: counter(
    'session.events',
    '{session}',
    'Sessions created, regenerated, destroyed, expired and revoked by this process.',
    'event',
  ),
  sessionSize: {
    name: 'nestjs_redis_kit.session.size',
    kind: 'histogram',
    unit: 'By',
    help: 'Bytes of sessions as they are stored.',
    labels: [],
    buckets: BYTES,
  },
  sessionsActive: gauge(
    'session.active',
    '{session}',
    'Sessions that this process read or wrote in the last five minutes, estimated.',
  ),
  messagesPublished: counter('pubsub.published', '{message}', 'Messages published to channels.'),
  messagesReceived: counter(
    'pubsub.received',
    '{message}',
    'Messages that came for subscriptions of this process; one may come for several.',
  ),
  messagesDropped: counter(
    'pubsub.dropped',
    '{message}',
    'Messages that a subscription did not get: full (its handler is too slow) or unreadable.',
    'reason',
  ),
  messagesFailed: counter('pubsub.failures', '{message}', 'Messages whose handler failed.'),
  resubscriptions: counter(
    'pubsub.resubscriptions',
    '{connection}',
    'Times that the listening connection was lost and listens again; what was published between is lost.',
  ),
  streamPublished: counter('stream.published', '{message}', 'Messages appended.', 'stream'),
  streamDelivered: counter(
    'stream.delivered',
    '{message}',
    'Messages given to a handler: first, or again (after a failure, or reclaimed from a consumer that is gone).',
    'stream',
    'delivery',
  ),
  streamHandled: {
    name: 'nestjs_redis_kit.stream.handle.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time from the delivery of a message until it is acknowledged.',
    labels: ['stream'],
    buckets: SECONDS,
  },
  streamFailed: counter('stream.failures', '{message}', 'Deliveries that failed.', 'stream'),
  streamBuried: counter('stream.buried', '{message}', 'Messages made dead letters.', 'stream'),
  streamRefused: counter('stream.refused', '{message}', 'Messages not taken: full.', 'stream'),
  streamErrors: counter(
    'stream.errors',
    '{error}',
    'Times that a consumer could not reach Redis.',
    'stream',
  ),
  leaderboardChanges: counter(
    'leaderboard.changes',
    '{change}',
    'Changes of leaderboards by operation and outcome.',
    'operation',
    'outcome',
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Name of a metric in the catalog. */
export type MetricName = keyof typeof CATALOG;
