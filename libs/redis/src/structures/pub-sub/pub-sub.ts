import { Observable } from 'rxjs';
import { asError } from '../../common/errors.js';
import { messageText } from '../message-text.js';
import type { StructuresClient } from '../structures-client.js';
import type { StructuresKeySpace } from '../structures-key-space.js';
import type { ChannelListener } from './channel-listener.js';
import { HandlerQueue, type HandlerOptions } from './handler-queue.js';
import { MessageIterator, type IteratorOptions } from './message-iterator.js';
import { pubSubFail, pubSubPublish } from './pub-sub.events.js';
import { Subscription, type Message, type MessageHandler, type Sink } from './subscription.js';
import { asTopic, channelOf, type Topic } from './topic.js';

export interface PubSubParts {
  readonly client: StructuresClient;
  readonly listener: ChannelListener;
  readonly keys: StructuresKeySpace;
  readonly log: (line: string) => void;
}

/**
 * Messages between the processes of an application, at most once: whoever does not listen at the moment, such
 * as between two connections, does not get a message. For what must not be lost there are streams.
 *
 * A channel is a name or a {@link Topic}; on the wire it is `<prefix>channel:<name>`, the message is JSON.
 */
export class PubSub {
  readonly #subscriptions = new Set<Subscription>();

  constructor(private readonly parts: PubSubParts) {}

  /**
   * Sends a message to all who listen now, in every process, this one included.
   *
   * @returns connections that got it; on a Cluster, those of one node only
   * @throws RedisKitError `MESSAGE_UNSUPPORTED`, `MESSAGE_CHANNEL_INVALID`; `REDIS_UNAVAILABLE` and
   *   `REDIS_DEADLINE_EXCEEDED`, after which it may have been sent all the same
   */
  async publish<T>(channel: Topic<T> | string, data: T): Promise<number> {
    const name = channelOf(asTopic(channel));
    const text = messageText(name, data);
    const { client, keys } = this.parts;
    const receivers = await client.run((redis) => redis.publish(keys.channel(name), text));
    pubSubPublish.publish(() => ({ channel: name, bytes: Buffer.byteLength(text), receivers }));
    return receivers;
  }

  /**
   * Calls the handler with each message of a channel, or of a pattern such as `chat:*`. An error in it is logged
   * and an event, and disturbs nobody. However many listen, there is one connection.
   *
   * @throws ConfigurationError for options that cannot be
   */
  subscribe<T>(
    channel: Topic<T> | string,
    handler: MessageHandler<T>,
    options: HandlerOptions = {},
  ): Subscription {
    const topic = asTopic<T>(channel);
    const queue = new HandlerQueue<Message<T>>({
      ...options,
      handle: (message) => handler(message.data, message),
      failed: (thrown) => this.#failed(topic.name, asError(thrown)),
    });
    return this.#add(topic, queue);
  }

  /**
   * The messages as they come, for `for await`. Listens from now on; `break` ends it, and so does the signal.
   *
   * @throws ConfigurationError for options that cannot be
   */
  messages<T>(channel: Topic<T> | string, options: IteratorOptions = {}): MessageIterator<T> {
    const iterator = new MessageIterator<T>(options);
    const subscription = this.#add(asTopic<T>(channel), iterator);
    iterator.onEnd(() => subscription.close());
    return iterator;
  }

  /**
   * The messages as an observable, which listens while somebody is subscribed. It does not wait for slow
   * observers and keeps nothing for them.
   */
  observe<T>(channel: Topic<T> | string): Observable<Message<T>> {
    const topic = asTopic<T>(channel);
    return new Observable((observer) => {
      const sink: Sink<T> = {
        size: 0,
        push: (message) => {
          observer.next(message);
          return true;
        },
        clear: () => observer.complete(),
        idle: () => Promise.resolve(observer.complete()),
      };
      const subscription = this.#add(topic, sink);
      return () => subscription.close();
    });
  }

  /** Hears nothing more and handles what has come. Told by the module as the application ends. */
  async drain(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.drain()));
  }

  #add<T>(topic: Topic<T>, sink: Sink<T>): Subscription {
    const { listener, keys, log } = this.parts;
    const subscription = new Subscription({
      topic,
      sink,
      listener,
      wireName: keys.channel(topic.name),
      nameOf: (channel) => keys.channelName(channel),
      log,
      closed: (closed) => this.#subscriptions.delete(closed),
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #failed(channel: string, error: Error): void {
    pubSubFail.publish(() => ({ channel, error }));
    this.parts.log(`A handler of \`${channel}\` failed: ${error.message}`);
  }
}
