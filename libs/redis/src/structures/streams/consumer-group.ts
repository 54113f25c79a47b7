import { isError } from '../../common/errors.js';
import type { StructuresClient } from '../structures-client.js';
import type { StructuresKeySpace } from '../structures-key-space.js';
import { failMessage } from './scripts/fail-message-2.js';
import { holdMessages } from './scripts/hold-messages-1.js';
import { takeMessages } from './scripts/take-messages-2.js';
import { tidyStream } from './scripts/tidy-stream-1.js';
import { retryDelayMs, type ResolvedStream } from './stream.options.js';

/** A consumer that was quiet for this long and has no messages is forgotten. */
const FORGOTTEN_MS = 10 * 60 * 1000;
/** An error message in a dead letter is cut off here. */
const LONGEST_ERROR = 1000;
const BEGIN = '0-0';

export interface TakenMessage {
  readonly id: string;
  readonly text: string;
  readonly deliveries: number;
}

export interface Taken {
  readonly messages: readonly TakenMessage[];
  /** Ids of those that became dead letters instead. */
  readonly buried: readonly string[];
  /** There may be others, even if none of these is to be worked on. */
  readonly isMore: boolean;
}

export interface ConsumerGroupOptions {
  readonly client: StructuresClient;
  readonly keys: StructuresKeySpace;
  readonly stream: ResolvedStream;
  readonly group: string;
  /** Name of the consumer, of this process alone. */
  readonly consumer: string;
}

/** A consumer group in Redis, as one of its consumers sees it. */
export class ConsumerGroup {
  readonly #keys: readonly [string, string];
  #claimFrom = BEGIN;

  constructor(private readonly options: ConsumerGroupOptions) {
    const { keys, stream } = options;
    this.#keys = [keys.stream(stream.name), keys.deadLetters(stream.name)];
  }

  /** Takes at most so many messages to work on. */
  async take(most: number): Promise<Taken> {
    const { client, stream, group, consumer } = this.options;
    const args = [
      group,
      consumer,
      most,
      stream.claimAfterMs,
      stream.maxDeliveries,
      this.#claimFrom,
    ];
    const [next, messages, buried, seen] = (await this.#inGroup(() =>
      client.script(takeMessages, this.#keys, args),
    )) as [string, [string, string, number][], string[], number];
    this.#claimFrom = next;
    return {
      messages: messages.map(([id, text, deliveries]) => ({ id, text, deliveries })),
      buried,
      isMore: seen >= most,
    };
  }

  async acknowledge(id: string): Promise<void> {
    const { client, group } = this.options;
    await client.run((redis) => redis.xack(this.#keys[0], group, id));
  }

  /** @returns ms until it comes again; undefined for a dead letter; 0 when somebody else has it by now */
  async fail({ id, deliveries }: TakenMessage, reason: string): Promise<number | undefined> {
    const { client, stream, group, consumer } = this.options;
    const delayMs = retryDelayMs(stream, deliveries);
    const outcome = await client.script(failMessage, this.#keys, [
      group,
      consumer,
      id,
      deliveries,
      stream.maxDeliveries,
      stream.claimAfterMs - delayMs,
      reason.slice(0, LONGEST_ERROR),
    ]);
    if (outcome === 2) return undefined;
    return outcome === 1 ? delayMs : 0;
  }

  async hold(ids: readonly string[]): Promise<void> {
    const { client, group, consumer } = this.options;
    await client.script(holdMessages, [this.#keys[0]], [group, consumer, ...ids]);
  }

  async tidy(): Promise<void> {
    const { client, group, consumer } = this.options;
    await this.#inGroup(() =>
      client.script(tidyStream, [this.#keys[0]], [group, consumer, FORGOTTEN_MS]),
    );
  }

  /** Makes the group where there is none: at first, and when Redis lost its data. It begins with all there is. */
  async #inGroup<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isError(error) || !error.message.includes('NOGROUP')) throw error;
      await this.#create();
      return work();
    }
  }

  async #create(): Promise<void> {
    const { client, group } = this.options;
    try {
      await client.run((redis) => redis.xgroup('CREATE', this.#keys[0], group, '0', 'MKSTREAM'));
    } catch (error) {
      // Another process was first.
      if (!isError(error) || !error.message.includes('BUSYGROUP')) throw error;
    }
  }
}
