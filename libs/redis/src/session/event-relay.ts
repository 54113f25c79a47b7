import { randomUUID } from 'node:crypto';
import type { Background } from '../common/background.js';
import type { RedisClient } from '../connection/redis-client.js';
import { Deadline } from './deadline.js';
import type { SessionBreaker } from './session-breaker.js';
import type { SessionEventRelay, SessionEvents, SessionLifeNews } from './session-events.js';
import { sessionLife, type SessionLifeEventName } from './session.events.js';

export interface EventRelayParts {
  readonly client: () => RedisClient;
  /** Connection that only listens; others may listen on it too. */
  readonly subscriber: RedisClient;
  readonly channel: string;
  readonly events: SessionEvents;
  readonly background: Background;
  readonly deadlineMs: number;
  /** Of `client`. */
  readonly breaker?: SessionBreaker;
}

/** Takes session events to the other nodes by Redis pub/sub, which delivers each at most once. */
export class EventRelay implements SessionEventRelay {
  readonly #node = randomUUID();

  constructor(private readonly parts: EventRelayParts) {}

  start(): void {
    const { subscriber, events } = this.parts;
    subscriber.on('message', this.#receive);
    subscriber.on('ready', this.#subscribe);
    events.relayBy(this);
    // A client that has not connected yet does so for this command.
    this.#subscribe();
  }

  stop(): void {
    const { subscriber, events } = this.parts;
    events.relayBy(undefined);
    subscriber.off('message', this.#receive);
    subscriber.off('ready', this.#subscribe);
  }

  send(name: SessionLifeEventName, news: SessionLifeNews): void {
    const { client, channel, breaker } = this.parts;
    const text = JSON.stringify([this.#node, name, news]);
    this.#run('publish', () => client().publish(channel, text), breaker);
  }

  readonly #subscribe = (): void => {
    const { subscriber, channel } = this.parts;
    this.#run('subscribe', () => subscriber.subscribe(channel));
  };

  readonly #receive = (channel: string, text: string): void => {
    if (channel !== this.parts.channel) return;
    const message = decode(text);
    if (!message || message.node === this.#node) return;
    this.parts.events.receive(message.name, message.news);
  };

  #run(operation: string, work: () => Promise<unknown>, breaker?: SessionBreaker): void {
    const { background, deadlineMs } = this.parts;
    const deadline = new Deadline(operation, deadlineMs, breaker);
    // A failure is published as an event by the deadline.
    background.run(
      () => deadline.step(work),
      () => undefined,
    );
  }
}

interface Message {
  readonly node: string;
  readonly name: SessionLifeEventName;
  readonly news: SessionLifeNews;
}

/** Undefined for what no node of this version sends. */
function decode(text: string): Message | undefined {
  try {
    const [node, name, news] = JSON.parse(text) as [string, SessionLifeEventName, SessionLifeNews];
    const isKnown = Object.hasOwn(sessionLife, name) && typeof news?.handle === 'string';
    return isKnown ? { node, name, news } : undefined;
  } catch {
    return undefined;
  }
}
