import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { RedisClient } from '../connection/redis-client.js';
import type { SessionParts } from './create-session-store.js';
import { ExpirySweeper } from './expiry/expiry-sweeper.js';
import { EventRelay } from './event-relay.js';
import type { ReplicaAcknowledgement } from './replica-acknowledgement.js';
import { SessionEvents } from './session-events.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { logSessions } from './session-log.js';
import {
  SESSION_CLIENT,
  SESSION_OPTIONS,
  SESSION_PARTS,
  SESSION_REPLICAS,
  SESSION_SUBSCRIBER,
} from './session.tokens.js';

/** Longest wait for work that no request waits for, while the application closes. */
const CLOSE_LIMIT_MS = 2000;

/** Starts and ends what sessions keep running: the sweeper, and the events between nodes. */
@Injectable()
export class SessionLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #sweeper: ExpirySweeper | undefined;
  #relay: EventRelay | undefined;
  #endLog: (() => void) | undefined;

  constructor(
    @Inject(SESSION_OPTIONS) private readonly options: ResolvedSessionOptions | undefined,
    @Inject(SESSION_PARTS) private readonly parts: SessionParts | undefined,
    @Inject(SessionEvents) private readonly events: SessionEvents,
    @Inject(SESSION_CLIENT) private readonly client: (() => RedisClient) | undefined,
    @Optional()
    @Inject(SESSION_SUBSCRIBER)
    private readonly subscriber: (() => RedisClient) | undefined,
    @Optional()
    @Inject(SESSION_REPLICAS)
    private readonly replicas?: ReplicaAcknowledgement,
  ) {}

  onApplicationBootstrap(): void {
    const { options, parts, events } = this;
    if (!options || !parts) return;
    const logger = new Logger('RedisSession');
    this.#endLog = logSessions((line) => logger.warn(line));
    this.#startRelay(options, parts);
    if (this.replicas)
      parts.background.run(
        () => this.replicas!.start(),
        () => undefined,
      );
    const { schedule, store, breaker } = parts;
    if (!schedule || options.sweepIntervalMs === undefined) return;
    this.#sweeper = new ExpirySweeper({
      schedule,
      sessions: store.sessions,
      events,
      options,
      breaker,
      intervalMs: options.sweepIntervalMs,
    });
    this.#sweeper.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#relay?.stop();
    this.parts?.breaker.stop();
    this.parts?.store.sessions.ending.stop();
    await Promise.all([this.#sweeper?.stop(), this.parts?.background.close(CLOSE_LIMIT_MS)]);
    this.#endLog?.();
  }

  #startRelay(options: ResolvedSessionOptions, { keys, background, breaker }: SessionParts): void {
    const { client, subscriber, events } = this;
    if (!options.shareEvents || !client || !subscriber) return;
    this.#relay = new EventRelay({
      client,
      subscriber: subscriber(),
      channel: keys.events,
      events,
      background,
      breaker,
      deadlineMs: options.deadlineMs,
    });
    this.#relay.start();
  }
}
