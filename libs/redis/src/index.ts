// The public API, by feature. What is not named here is not for applications.

// Module
export { RedisModule } from './redis.module.js';
export type { RedisFeatureOptions } from './redis-feature.module.js';
export type {
  RedisModuleExtras,
  RedisModuleOptions,
  RedisOptionsFactory,
} from './redis.options.js';

// Access rules
export { aclRules } from './acl.js';
export type { AclRule, AclUses } from './access/acl-rules.js';
export type { AclFeature } from './access/acl-commands.js';

// Connection
export {
  DEFAULT_CONNECTION,
  getRedisToken,
  InjectRedis,
} from './connection/inject-redis.decorator.js';
export { RedisConnections } from './connection/redis-connections.js';
export type {
  ClusterConnection,
  ConnectionOptions,
  EmbeddedConnection,
  Endpoint,
  SentinelConnection,
  StandaloneConnection,
} from './connection/connection.options.js';
export type { ClientRole, RedisClient } from './connection/redis-client.js';

// Cache
export { Cache } from './cache/cache.js';
export { getCacheToken, InjectCache } from './cache/decorators/inject-cache.decorator.js';
export { CacheService } from './cache/cache.service.js';
export { CacheInterceptor } from './cache/http/cache.interceptor.js';
export {
  CacheKey,
  CacheScope,
  CacheTags,
  CacheTTL,
  InvalidateTags,
  NoCache,
} from './cache/decorators/cache-metadata.js';
export type {
  CacheKeyFactory,
  CacheTagsFactory,
  CacheTTLFactory,
} from './cache/decorators/cache-metadata.js';
export { Cacheable, CacheEvict, CachePut } from './cache/decorators/method-cache.decorators.js';
export type {
  CacheableOptions,
  CacheEvictOptions,
  CachePutOptions,
} from './cache/decorators/method-cache.metadata.js';
export type { EntryOptions } from './cache/cache.js';
export type {
  ApplicationHttpCacheOptions,
  CacheOptions,
  MemoryTierOptions,
  NamedCacheOptions,
} from './cache/cache.options.js';
export type { Codec } from './cache/codec/codec.js';
export type {
  CodecOption,
  CompressionOptions,
  EncryptionOptions,
} from './cache/codec/codec.options.js';
export type {
  BatchContext,
  CacheSource,
  Change,
  WriteContext,
} from './cache/source/cache-source.js';
export type { DeadLetter, RetryOutcome, WriteLag } from './cache/source/dead-letters.js';
export type {
  SourceOptions,
  WriteBehindOptions,
  WriteMode,
} from './cache/source/source.options.js';
export { WriteBehindService } from './cache/source/write-behind.service.js';
export {
  CachePolicy,
  Validator,
  type ResponseValidator,
  type ValidatorFunction,
  type Validators,
} from './cache/decorators/cache-policy.decorator.js';
export { FastLane } from './cache/decorators/fast-lane.decorator.js';
export type { FastLaneAnswer, FastLaneOptions } from './cache/http/fast-lane/fast-lane.options.js';
export { HttpCacheService } from './cache/http/http-cache.service.js';
export type { FreshnessSource, HttpCacheOptions } from './cache/http/http-cache.options.js';
export type { CacheScopeOption } from './cache/http/http-cache-policy.js';
export type { QueryRule } from './cache/http/query.js';
export type { RequestDirective } from './cache/http/request-directives.js';
export type { Encoding } from './cache/http/stored-response.js';
export type { Expiry, ExpiryOptions } from './cache/expiry.js';
export type { BatchLoader } from './cache/read-through/gather.js';
export type { Loader } from './cache/read-through/loading.js';
export type { CallPolicyOptions, LoadPolicyOptions } from './cache/read-through/load-policy.js';
export type { LoadContext } from './cache/read-through/load-context.js';

// Sessions
export { SessionService } from './session/session.service.js';
export { SessionMiddleware } from './session/session.middleware.js';
export type { SessionEndReason } from './session/end-mark.js';
export { SessionGuard } from './session/session.guard.js';
export { flash, takeFlash } from './session/flash/flash.js';
export { Flash } from './session/flash/flash.decorator.js';
export type { FlashBag, FlashKind, FlashMessage } from './session/flash/flash-messages.js';
export { CsrfError, type CsrfReason } from './session/csrf/csrf.error.js';
export { CsrfExempt } from './session/csrf/csrf-exempt.decorator.js';
export { CsrfGuard } from './session/csrf/csrf.guard.js';
export type { CsrfOptions } from './session/csrf/csrf.options.js';
export { CsrfService } from './session/csrf/csrf.service.js';
export { CsrfToken } from './session/csrf/csrf-token.decorator.js';
export { HandshakeRefusedError } from './session/sockets/handshake.js';
export type { SessionSocket } from './session/sockets/session-socket.js';
export { SessionSockets, type AdmitOptions } from './session/sockets/session-sockets.js';
export { SocketSession } from './session/sockets/socket-session.js';
export type { SessionSocketsOptions } from './session/sockets/sockets.options.js';
export { WsSessionGuard } from './session/sockets/ws-session.guard.js';
export { SessionEvents, type SessionListener } from './session/session-events.js';
export type {
  SessionLifeEvent,
  SessionLifeEventName,
  SessionLifeEvents,
} from './session/session.events.js';
export type { RevocationReason } from './session/session-ends.js';
export type { RiskSign } from './session/users/session-risks.js';
export type { SessionInfo, UserExport } from './session/users/session-info.js';
export type { ListOptions } from './session/users/user-sessions.js';
export { Public } from './session/public.decorator.js';
export { NoTouch } from './session/no-touch.decorator.js';
export { RequiresRecentLogin } from './session/requires-recent-login.decorator.js';
export { Session } from './session/session.decorator.js';
export { safeReturnTo } from './session/return-to.js';
export {
  SessionEndedError,
  SessionLimitError,
  SessionTooLargeError,
  SessionUnavailableError,
  SessionUndeliverableError,
  SessionValueError,
} from './session/session.errors.js';
export { sessionFailure } from './session/session-request.js';
export { RedisSessionStore } from './session/session.store.js';
export type { CreatedSession, NewSession } from './session/session.service.js';
export type { LoggedInSession, LoginOptions, RotateOptions } from './session/session-life-cycle.js';
export { mergeCounter, mergeCounts, mergeList } from './session/mergers.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './session/standard-schema.js';
export type { SessionAttributes } from './session/session.types.js';
export { CurrentUser } from './session/current-user.decorator.js';
export type {
  ExpiryEventsOptions,
  SessionCookieOptions,
  SessionEncryptionOptions,
  SessionMerger,
  SessionMergers,
  SessionOptions,
  SessionsPerUserOptions,
  SiteData,
} from './session/session.options.js';

// Structures
export type { StructuresOptions } from './structures/structures.options.js';
export {
  getLeaderboardToken,
  InjectLeaderboard,
} from './structures/leaderboard/inject-leaderboard.decorator.js';
export {
  Leaderboard,
  type AddOptions,
  type ArchiveOptions,
  type IncrementOptions,
} from './structures/leaderboard/leaderboard.js';
export {
  LeaderboardReader,
  type LeaderboardEntry,
  type LeaderboardPage,
} from './structures/leaderboard/board-reader.js';
export type {
  BoardOrder,
  LeaderboardOptions,
  Ties,
} from './structures/leaderboard/leaderboard.options.js';
export type { Season, SeasonName, SeasonOf } from './structures/leaderboard/season.js';
export { OnRedisMessage } from './structures/pub-sub/on-redis-message.decorator.js';
export { PubSub } from './structures/pub-sub/pub-sub.js';
export { topic, type Topic, type TopicOptions } from './structures/pub-sub/topic.js';
export {
  Subscription,
  type Message,
  type MessageHandler,
} from './structures/pub-sub/subscription.js';
export type { DropPolicy, QueueOptions } from './structures/pub-sub/bounded-queue.js';
export type { HandlerOptions } from './structures/pub-sub/handler-queue.js';
export type { IteratorOptions, MessageIterator } from './structures/pub-sub/message-iterator.js';
export {
  MessageStream,
  type ConsumeOptions,
  type Consumption,
  type StreamDeadLetter,
  type StreamStatus,
} from './structures/streams/message-stream.js';
export {
  getMessageStreamToken,
  InjectMessageStream,
  OnStreamMessage,
} from './structures/streams/stream.decorators.js';
export type { StreamHandler, StreamMessage } from './structures/streams/stream-consumer.js';
export type { StreamOptions } from './structures/streams/stream.options.js';

// Watching
export {
  RedisInspector,
  type InspectionOptions,
  type KeyReport,
  type SamplingOptions,
} from './inspection/redis-inspector.js';
export type { CacheReport, CacheTraffic } from './inspection/cache-report.js';
export type { ServerLatency, SlowCommand } from './inspection/inspect-servers.js';
export type { InspectedKey, TtlBucket, TtlHistogram } from './inspection/key-report.js';
export type { Inspected, InspectionBudget } from './inspection/probe.js';
export type { ServerInfo } from './inspection/server-info.js';
export type { SessionReport, SessionsOfUser } from './inspection/session-report.js';
export {
  warningsOf,
  type InspectionWarning,
  type WarningId,
  type WarningInput,
  type WarningSeverity,
} from './inspection/warnings.js';
export { RedisMetrics } from './metrics/redis-metrics.js';
export type {
  HistogramSnapshot,
  MetricSnapshot,
  MetricsSnapshot,
  ObservationListener,
} from './metrics/redis-metrics.js';
export type { HistogramSeriesSnapshot, SeriesSnapshot } from './metrics/instruments.js';
export type { MetricDefinition, MetricKind, MetricName } from './metrics/catalog.js';

// Errors and values
export { ConfigurationError, RedisKitError, type RedisKitErrorCode } from './common/errors.js';
export type { CipherKey } from './common/cipher.js';
export type { Duration } from './common/duration.js';
