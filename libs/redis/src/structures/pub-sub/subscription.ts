import { asError } from '../../common/errors.js';
import { readMessage } from '../message-text.js';
import type { ChannelListener, Listening } from './channel-listener.js';
import { pubSubDrop, pubSubReceive } from './pub-sub.events.js';
import type { Topic } from './topic.js';

/** A message as its handler sees it. */
export interface Message<T> {
  /** The channel it was published to, without the prefix. */
  readonly channel: string;
  readonly data: T;
}

/** Takes a message. What it returns is awaited; what it throws is logged and counted. */
export type MessageHandler<T> = (data: T, message: Message<T>) => unknown;

/** Where the messages of a subscription go. */
export interface Sink<T> {
  readonly size: number;
  /** @returns false when a message was dropped */
  push(message: Message<T>): boolean;
  clear(): void;
  /** Resolves when all that was pushed is done with. */
  idle(): Promise<void>;
}

export interface SubscriptionParts<T> {
  readonly topic: Topic<T>;
  readonly sink: Sink<T>;
  readonly listener: ChannelListener;
  /** The name on the wire. */
  readonly wireName: string;
  /** The name that a channel has in the application. */
  readonly nameOf: (channel: string) => string;
  readonly log: (line: string) => void;
  readonly closed: (subscription: Subscription) => void;
}

/** One that listens. Ends by `close`, or with the application. */
export class Subscription {
  readonly #listening: Listening;
  readonly #sink: Sink<unknown>;
  readonly #closed: () => void;
  #dropped = 0;

  constructor(parts: SubscriptionParts<unknown>) {
    const { topic, listener, wireName, sink, closed } = parts;
    this.#sink = sink;
    this.#closed = () => closed(this);
    const kind = topic.isPattern ? 'pattern' : 'channel';
    this.#listening = listener.listen(kind, wireName, (channel, text) =>
      this.#receive(parts, channel, text),
    );
  }

  /** Messages that the handler did not get: it was too slow, or they were unreadable. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Messages that wait for the handler. */
  get waiting(): number {
    return this.#sink.size;
  }

  /**
   * Resolves once Redis has confirmed: what is published from then on arrives, until the connection is lost. While
   * Redis is down it waits.
   *
   * @throws when Redis refuses, such as by an ACL
   */
  ready(): Promise<void> {
    return this.#listening.ready();
  }

  /** Hears nothing more. What waits is left; a handler that runs goes on to its end. */
  close(): void {
    this.#end();
    this.#sink.clear();
  }

  /** Hears nothing more; resolves when all that came is handled. Not from within the handler itself. */
  async drain(): Promise<void> {
    this.#end();
    await this.#sink.idle();
  }

  #end(): void {
    this.#listening.close();
    this.#closed();
  }

  #receive(
    { topic, nameOf, log }: SubscriptionParts<unknown>,
    wireChannel: string,
    text: string,
  ): void {
    pubSubReceive.publish(() => ({ channel: topic.name, bytes: Buffer.byteLength(text) }));
    let data: unknown;
    try {
      data = readMessage(text, topic.parse);
    } catch (error) {
      this.#drop(topic, 'unreadable');
      return log(`A message of \`${topic.name}\` cannot be read: ${asError(error).message}`);
    }
    if (this.#sink.push({ channel: nameOf(wireChannel), data })) return;
    this.#drop(topic, 'full');
    log(`A handler of \`${topic.name}\` is too slow: messages are dropped.`);
  }

  #drop({ name: channel }: Topic<unknown>, reason: 'full' | 'unreadable'): void {
    this.#dropped += 1;
    const dropped = this.#dropped;
    pubSubDrop.publish(() => ({ channel, reason, dropped }));
  }
}
