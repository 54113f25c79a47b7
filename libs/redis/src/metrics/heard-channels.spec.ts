import { describe, expect, it } from '@jest/globals';
import * as cache from '../cache/cache.events.js';
import * as source from '../cache/source/source.events.js';
import * as connection from '../connection/connection.events.js';
import type { EventChannel } from '../diagnostics/channels.js';
import * as session from '../session/session.events.js';
import * as leaderboard from '../structures/leaderboard/leaderboard.events.js';
import * as pubSub from '../structures/pub-sub/pub-sub.events.js';
import * as stream from '../structures/streams/stream.events.js';
import { heard } from './heard-channels.js';

interface Pair {
  readonly published: string;
  readonly heard: string;
}

/** Does not compile where what is published lacks something that is counted. */
function pair<Published extends Heard, Heard extends object>(
  published: EventChannel<Published>,
  listened: EventChannel<Heard>,
): Pair {
  return { published: published.name, heard: listened.name };
}

const { sessionLife } = session;
const pairs: Readonly<Record<keyof typeof heard, Pair>> = {
  operation: pair(connection.redisOperation, heard.operation),
  status: pair(connection.connectionStatus, heard.status),
  embedded: pair(connection.embeddedServerChanged, heard.embedded),
  breaker: pair(connection.breakerChanged, heard.breaker),
  hit: pair(cache.cacheHit, heard.hit),
  miss: pair(cache.cacheMiss, heard.miss),
  stale: pair(cache.cacheStale, heard.stale),
  collapse: pair(cache.cacheCollapse, heard.collapse),
  load: pair(cache.cacheLoad, heard.load),
  store: pair(cache.cacheStore, heard.store),
  transfer: pair(cache.cacheTransfer, heard.transfer),
  evict: pair(cache.cacheEvict, heard.evict),
  error: pair(cache.cacheError, heard.error),
  invalidate: pair(cache.cacheInvalidate, heard.invalidate),
  sourceWrite: pair(source.sourceWrite, heard.sourceWrite),
  sourceRetry: pair(source.sourceRetry, heard.sourceRetry),
  deadLetter: pair(source.deadLetter, heard.deadLetter),
  backlogFull: pair(source.backlogFull, heard.backlogFull),
  loaded: pair(session.sessionLoaded, heard.loaded),
  saved: pair(session.sessionSaved, heard.saved),
  conflict: pair(session.sessionConflict, heard.conflict),
  renewed: pair(session.sessionRenewed, heard.renewed),
  refused: pair(session.sessionRefused, heard.refused),
  tooLarge: pair(session.sessionTooLarge, heard.tooLarge),
  limit: pair(session.sessionLimit, heard.limit),
  csrfRefused: pair(session.csrfRefused, heard.csrfRefused),
  large: pair(session.sessionLarge, heard.large),
  corrupt: pair(session.sessionCorrupt, heard.corrupt),
  unavailable: pair(session.sessionUnavailable, heard.unavailable),
  created: pair(sessionLife.created, heard.created),
  regenerated: pair(sessionLife.regenerated, heard.regenerated),
  destroyed: pair(sessionLife.destroyed, heard.destroyed),
  expired: pair(sessionLife.expired, heard.expired),
  revoked: pair(sessionLife.revoked, heard.revoked),
  risk: pair(sessionLife.risk, heard.risk),
  messagePublished: pair(pubSub.pubSubPublish, heard.messagePublished),
  messageReceived: pair(pubSub.pubSubReceive, heard.messageReceived),
  messageDropped: pair(pubSub.pubSubDrop, heard.messageDropped),
  messageFailed: pair(pubSub.pubSubFail, heard.messageFailed),
  listening: pair(pubSub.pubSubListen, heard.listening),
  streamPublished: pair(stream.streamPublish, heard.streamPublished),
  streamReceived: pair(stream.streamReceive, heard.streamReceived),
  streamRedelivered: pair(stream.streamRedeliver, heard.streamRedelivered),
  streamSettled: pair(stream.streamSettle, heard.streamSettled),
  streamFailed: pair(stream.streamFail, heard.streamFailed),
  streamBuried: pair(stream.streamDeadLetter, heard.streamBuried),
  streamFull: pair(stream.streamFull, heard.streamFull),
  streamError: pair(stream.streamError, heard.streamError),
  leaderboard: pair(leaderboard.leaderboardChange, heard.leaderboard),
};

describe('heard channels', () => {
  it.each(Object.entries(pairs))('%s has the name of the channel that is published', (_, one) => {
    expect(one.heard).toBe(one.published);
  });

  it('are all that caches, sessions, structures and connections publish', () => {
    const published = [cache, source, connection, session, pubSub, stream, leaderboard]
      .flatMap((module) => [...Object.values(module), ...Object.values(sessionLife)])
      .map(({ name }: { name?: string }) => name)
      .filter((name) => name !== undefined);
    expect(new Set(Object.values(heard).map(({ name }) => name))).toEqual(new Set(published));
  });
});
