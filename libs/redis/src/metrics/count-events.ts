import { heard } from './heard-channels.js';
import type { RedisMetrics } from './redis-metrics.js';

/** Subscribes a collector to every event that it counts. @returns ends the subscriptions */
export function listen(metrics: RedisMetrics): () => void {
  const ends = [
    ...countConnections(metrics),
    ...countCaches(metrics),
    ...countSources(metrics),
    ...countSessions(metrics),
    ...countMessages(metrics),
    ...countStreams(metrics),
    heard.leaderboard.subscribe(({ operation, outcome }) =>
      metrics.add('leaderboardChanges', 1, operation, outcome),
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function countConnections(metrics: RedisMetrics): (() => void)[] {
  return [
    heard.operation.subscribe(({ role, operation, ms, outcome }) => {
      const error = outcome === 'answered' ? '' : outcome;
      metrics.observe('operationDuration', ms / 1000, 'redis', operation, error, role);
    }),
    heard.status.subscribe(({ connection, role, status }) =>
      metrics.add('connectionChanges', 1, connection, role, status),
    ),
    heard.embedded.subscribe(({ connection, status }) =>
      metrics.add('embeddedChanges', 1, connection, status),
    ),
    heard.breaker.subscribe(({ connection, use, state }) =>
      metrics.add('breakerChanges', 1, connection, use, state),
    ),
  ];
}

function countCaches(metrics: RedisMetrics): (() => void)[] {
  return [
    heard.hit.subscribe(({ cache, tier }) => metrics.add('cacheRequests', 1, cache, tier)),
    heard.miss.subscribe(({ cache }) => metrics.add('cacheRequests', 1, cache, 'miss')),
    heard.stale.subscribe(({ cache, reason }) => {
      metrics.add('cacheRequests', 1, cache, 'stale');
      metrics.add('cacheStale', 1, cache, reason);
    }),
    heard.collapse.subscribe(({ cache }) => metrics.add('cacheCollapsed', 1, cache)),
    heard.load.subscribe(({ cache, outcome, ms }) =>
      metrics.observe('cacheLoadDuration', ms / 1000, cache, outcome),
    ),
    heard.store.subscribe(({ cache, ttlMs }) => metrics.observe('cacheTtl', ttlMs / 1000, cache)),
    heard.transfer.subscribe(({ cache, direction, bytes }) =>
      metrics.add('cacheIo', bytes, cache, direction),
    ),
    heard.evict.subscribe(({ cache }) => metrics.add('cacheEvictions', 1, cache)),
    heard.error.subscribe(({ cache, operation }) =>
      metrics.add('cacheErrors', 1, cache, operation),
    ),
    heard.invalidate.subscribe(({ kind, names }) =>
      metrics.add('cacheInvalidations', names.length, kind),
    ),
  ];
}

function countSources(metrics: RedisMetrics): (() => void)[] {
  return [
    heard.sourceWrite.subscribe(({ cache, changes, durationMs }) => {
      metrics.add('sourceChanges', changes, cache);
      metrics.observe('sourceWriteDuration', durationMs / 1000, cache);
    }),
    heard.sourceRetry.subscribe(({ cache, keys, isOutage }) =>
      metrics.add('sourceRetries', keys, cache, isOutage ? 'outage' : 'refused'),
    ),
    heard.deadLetter.subscribe(({ cache }) => metrics.add('sourceBuried', 1, cache)),
    heard.backlogFull.subscribe(({ cache }) => metrics.add('sourceBacklogFull', 1, cache)),
  ];
}

function countSessions(metrics: RedisMetrics): (() => void)[] {
  const lives = ['created', 'regenerated', 'destroyed', 'expired', 'revoked'] as const;
  return [
    heard.loaded.subscribe(({ handle }) => {
      metrics.add('sessionLoads', 1);
      metrics.sessionSeen(handle);
    }),
    heard.saved.subscribe(({ handle, isNew, bytes }) => {
      metrics.add('sessionSaves', 1, isNew ? 'new' : 'change');
      metrics.observe('sessionSize', bytes);
      metrics.sessionSeen(handle);
    }),
    heard.conflict.subscribe(() => metrics.add('sessionConflicts', 1)),
    heard.renewed.subscribe(() => metrics.add('sessionRenewals', 1)),
    heard.refused.subscribe(() => metrics.add('sessionRefusals', 1, 'ended')),
    heard.tooLarge.subscribe(() => metrics.add('sessionRefusals', 1, 'too-large')),
    heard.limit.subscribe(() => metrics.add('sessionRefusals', 1, 'limit')),
    heard.csrfRefused.subscribe(({ reason }) => metrics.add('csrfRefusals', 1, reason)),
    heard.risk.subscribe(({ sign }) => metrics.add('sessionRisks', 1, sign)),
    heard.large.subscribe(() => metrics.add('sessionLarge', 1)),
    heard.corrupt.subscribe(() => metrics.add('sessionCorrupt', 1)),
    heard.unavailable.subscribe(({ operation }) => metrics.add('sessionFailures', 1, operation)),
    ...lives.map((event) => heard[event].subscribe(() => metrics.add('sessionEvents', 1, event))),
  ];
}

/** Without their channels: an application may have one per user. */
function countMessages(metrics: RedisMetrics): (() => void)[] {
  return [
    heard.messagePublished.subscribe(() => metrics.add('messagesPublished', 1)),
    heard.messageReceived.subscribe(() => metrics.add('messagesReceived', 1)),
    heard.messageDropped.subscribe(({ reason }) => metrics.add('messagesDropped', 1, reason)),
    heard.messageFailed.subscribe(() => metrics.add('messagesFailed', 1)),
    heard.listening.subscribe(({ isAgain }) => {
      if (isAgain) metrics.add('resubscriptions', 1);
    }),
  ];
}

/** By streams, which are configured; without groups, which may be one per process. */
function countStreams(metrics: RedisMetrics): (() => void)[] {
  return [
    heard.streamPublished.subscribe(({ stream }) => metrics.add('streamPublished', 1, stream)),
    heard.streamReceived.subscribe(({ stream }) =>
      metrics.add('streamDelivered', 1, stream, 'first'),
    ),
    heard.streamRedelivered.subscribe(({ stream }) =>
      metrics.add('streamDelivered', 1, stream, 'again'),
    ),
    heard.streamSettled.subscribe(({ stream, durationMs }) =>
      metrics.observe('streamHandled', durationMs / 1000, stream),
    ),
    heard.streamFailed.subscribe(({ stream }) => metrics.add('streamFailed', 1, stream)),
    heard.streamBuried.subscribe(({ stream }) => metrics.add('streamBuried', 1, stream)),
    heard.streamFull.subscribe(({ stream }) => metrics.add('streamRefused', 1, stream)),
    heard.streamError.subscribe(({ stream }) => metrics.add('streamErrors', 1, stream)),
  ];
}
