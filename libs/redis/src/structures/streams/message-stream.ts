import { randomUUID } from 'node:crypto';
import { RedisKitError } from '../../common/errors.js';
import { messageText } from '../message-text.js';
import type { ChannelListener } from '../pub-sub/channel-listener.js';
import { checkStructureName } from '../structures.options.js';
import type { StructuresClient } from '../structures-client.js';
import type { StructuresKeySpace } from '../structures-key-space.js';
import { ConsumerGroup } from './consumer-group.js';
import { appendMessage } from './scripts/append-message-1.js';
import { measureStream } from './scripts/measure-stream-2.js';
import { retryLetter } from './scripts/retry-letter-2.js';
import { StreamConsumer, type StreamHandler } from './stream-consumer.js';
import { streamFull, streamPublish } from './stream.events.js';
import { wholeFromOne, type ResolvedStream } from './stream.options.js';

/** Options of `MessageStream.consume`. */
export interface ConsumeOptions {
  /**
   * Name of the consumer group. Each group gets every message, and each message goes to one consumer of the group,
   * in whichever process. A new group begins with what the stream still holds.
   */
  readonly group: string;
  /** Messages that the handler may be busy with at once in this process. Default 1. */
  readonly concurrency?: number;
}

/** A handler that reads. */
export interface Consumption {
  /** Takes nothing more and waits for what is worked on, at most 5 seconds. Not from within the handler itself. */
  close(): Promise<void>;
}

/** A message that a group could not handle. */
export interface StreamDeadLetter {
  /** For `retryDeadLetter` and `discardDeadLetter`. */
  readonly id: string;
  /** Id of the message. */
  readonly messageId: string;
  readonly group: string;
  /** The message as JSON. */
  readonly text: string;
  readonly error: string;
  readonly deliveries: number;
}

/** What `MessageStream.status` tells. */
export interface StreamStatus {
  /** Messages that some group has not acknowledged, and those that are about to be removed. */
  readonly length: number;
  readonly deadLetters: number;
  /** Messages that were given to a consumer and not acknowledged, by group. */
  readonly pending: Readonly<Record<string, number>>;
}

export interface MessageStreamParts {
  readonly client: StructuresClient;
  readonly keys: StructuresKeySpace;
  readonly listener: ChannelListener;
  readonly stream: ResolvedStream;
  readonly log: (line: string) => void;
}

const STOP_LIMIT_MS = 5000;

/**
 * Messages that must not be lost: `@InjectMessageStream('orders') private readonly orders: MessageStream<Order>`.
 * Once `publish` has resolved, the message is given to each group until a handler is done with it, at least once;
 * so a handler must not mind to get it twice. Whether Redis keeps it over a crash of its own is a matter of its
 * persistence.
 */
export class MessageStream<T> {
  readonly #consumers = new Set<StreamConsumer>();
  readonly #keys: readonly [string, string];

  constructor(private readonly parts: MessageStreamParts) {
    const { keys, stream } = parts;
    this.#keys = [keys.stream(stream.name), keys.deadLetters(stream.name)];
  }

  /**
   * @returns the id of the message, when Redis has it
   * @throws RedisKitError `STREAM_FULL`, `MESSAGE_UNSUPPORTED`; `REDIS_UNAVAILABLE` and `REDIS_DEADLINE_EXCEEDED`,
   *   after which Redis may have it all the same: published again, it is there twice
   */
  async publish(data: T): Promise<string> {
    const { client, keys, stream } = this.parts;
    const text = messageText(stream.name, data);
    const args = [stream.maxLength, text, keys.streamWake, stream.name];
    const id = (await client.script(appendMessage, [this.#keys[0]], args)) as string | null;
    if (id === null) {
      streamFull.publish(() => ({ stream: stream.name }));
      throw full(stream);
    }
    streamPublish.publish(() => ({ stream: stream.name, id, bytes: Buffer.byteLength(text) }));
    return id;
  }

  /**
   * Gives messages to the handler. Done is what it returns from; what it throws for comes again, later, and after
   * `maxDeliveries` becomes a dead letter.
   *
   * @throws ConfigurationError for a group or concurrency that cannot be
   */
  consume({ group, concurrency = 1 }: ConsumeOptions, handler: StreamHandler<T>): Consumption {
    const { client, keys, stream, listener, log } = this.parts;
    checkStructureName('group', group);
    wholeFromOne('concurrency', concurrency);
    const consumer = new StreamConsumer({
      stream,
      groupName: group,
      group: new ConsumerGroup({ client, keys, stream, group, consumer: randomUUID() }),
      concurrency,
      handler,
      log,
    });
    const listening = listener.listen('channel', keys.streamWake, (_channel, name) => {
      if (name === stream.name) consumer.wake();
    });
    this.#consumers.add(consumer);
    consumer.start();
    return {
      close: async () => {
        listening.close();
        this.#consumers.delete(consumer);
        await consumer.stop(STOP_LIMIT_MS);
      },
    };
  }

  async status(): Promise<StreamStatus> {
    const [length, deadLetters, ...groups] = (await this.parts.client.script(
      measureStream,
      this.#keys,
      [],
    )) as [number, number, ...(string | number)[]];
    const pairs = Array.from({ length: groups.length / 2 }, (_, at) => [
      String(groups[2 * at]),
      Number(groups[2 * at + 1]),
    ]);
    return { length, deadLetters, pending: Object.fromEntries(pairs) as Record<string, number> };
  }

  /** The oldest dead letters. @param limit default 100 */
  async deadLetters(limit = 100): Promise<StreamDeadLetter[]> {
    wholeFromOne('limit', limit);
    const letters = await this.parts.client.run((client) =>
      client.xrange(this.#keys[1], '-', '+', 'COUNT', limit),
    );
    return letters.map(([id, fields]) => readLetter(id, fields));
  }

  /** Gives a dead letter to its group again. @returns false when there is none */
  async retryDeadLetter(id: string): Promise<boolean> {
    const { client, keys, stream } = this.parts;
    const args = [id, keys.streamWake, stream.name];
    return (await client.script(retryLetter, this.#keys, args)) === 1;
  }

  /** @returns false when there is none */
  async discardDeadLetter(id: string): Promise<boolean> {
    return (await this.parts.client.run((client) => client.xdel(this.#keys[1], id))) === 1;
  }

  /** Told by the module as the application ends. */
  async stop(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop(STOP_LIMIT_MS)));
  }
}

/** Fields: d, i, g, e, n, each a name and a value. */
function readLetter(id: string, fields: readonly string[]): StreamDeadLetter {
  const value = (at: number): string => fields[2 * at + 1] ?? '';
  return {
    id,
    text: value(0),
    messageId: value(1),
    group: value(2),
    error: value(3),
    deliveries: Number(value(4)),
  };
}

function full({ name, maxLength }: ResolvedStream): RedisKitError {
  return new RedisKitError(
    'STREAM_FULL',
    `Stream \`${name}\` holds ${maxLength} messages that some group has not acknowledged; nothing was published. See status(): start its consumers, raise streams.${name}.maxLength, or remove a group that nobody reads by XGROUP DESTROY.`,
  );
}
