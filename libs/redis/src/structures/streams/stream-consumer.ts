import { asError, describeValue } from '../../common/errors.js';
import { readMessage } from '../message-text.js';
import type { ConsumerGroup, TakenMessage } from './consumer-group.js';
import {
  streamDeadLetter,
  streamError,
  streamFail,
  streamReceive,
  streamRedeliver,
  streamSettle,
} from './stream.events.js';
import type { ResolvedStream } from './stream.options.js';
import { Wake } from './wake.js';

/** Without a wake call, such as between two connections, messages are looked for in this interval. */
const POLL_MS = 1000;

/** A message of a stream as its handler sees it. */
export interface StreamMessage<T> {
  /** The same at each delivery, so fit to tell whether it was handled before. */
  readonly id: string;
  readonly data: T;
  /** 1 for the first time. */
  readonly deliveries: number;
}

/** Takes a message of a stream. It is acknowledged when the handler is done, and comes again later when it throws. */
export type StreamHandler<T> = (data: T, message: StreamMessage<T>) => unknown;

export interface StreamConsumerOptions {
  readonly stream: ResolvedStream;
  readonly groupName: string;
  readonly group: ConsumerGroup;
  readonly concurrency: number;
  readonly handler: StreamHandler<never>;
  readonly log: (line: string) => void;
}

/**
 * Reads the messages of a group for one handler. It takes as many as the handler is free for; the others wait
 * in Redis, where a slow handler costs no memory of this process.
 */
export class StreamConsumer {
  readonly #wake = new Wake();
  readonly #inWork = new Map<string, Promise<void>>();
  #timers: NodeJS.Timeout[] = [];
  readonly #retries = new Set<NodeJS.Timeout>();
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(private readonly options: StreamConsumerOptions) {}

  start(): void {
    const { claimAfterMs } = this.options.stream;
    this.#running = this.#run();
    this.#timers = [
      setInterval(() => this.#inBackground(() => this.#hold()), claimAfterMs / 4).unref(),
      setInterval(() => this.#inBackground(() => this.options.group.tidy()), POLL_MS).unref(),
    ];
  }

  /** There may be something to take. */
  readonly wake = (): void => this.#wake.call();

  /** Takes nothing more and waits for what is worked on, at most so long; the rest comes again, elsewhere. */
  async stop(limitMs: number): Promise<void> {
    this.#isClosed = true;
    this.#wake.call();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#finish(), limit]);
    clearTimeout(timer);
    // Only now: until then what is worked on is held.
    for (const one of [...this.#timers, ...this.#retries]) clearTimeout(one);
  }

  async #finish(): Promise<void> {
    await this.#running;
    await Promise.all(this.#inWork.values());
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const room = this.options.concurrency - this.#inWork.size;
      const isMore = room > 0 && (await this.#take(room));
      if (!isMore) await this.#wake.wait(POLL_MS);
    }
  }

  /** @returns whether there may be more */
  async #take(room: number): Promise<boolean> {
    try {
      const { messages, buried, isMore } = await this.options.group.take(room);
      for (const id of buried) this.#buried(id);
      for (const message of messages) this.#start(message);
      return isMore;
    } catch (error) {
      this.#failedToReach(error);
      return false;
    }
  }

  #start(message: TakenMessage): void {
    const working = this.#work(message).finally(() => {
      this.#inWork.delete(message.id);
      this.#wake.call();
    });
    this.#inWork.set(message.id, working);
  }

  /** Never rejects. */
  async #work(taken: TakenMessage): Promise<void> {
    const { stream, groupName: group, handler } = this.options;
    const { id, deliveries } = taken;
    const event = { stream: stream.name, group, id, deliveries };
    (deliveries > 1 ? streamRedeliver : streamReceive).publish(() => event);
    const startedAt = performance.now();
    try {
      const data = readMessage(taken.text, stream.parse) as never;
      await handler(data, { id, data, deliveries });
    } catch (error) {
      return this.#fail(taken, asError(error));
    }
    try {
      await this.options.group.acknowledge(id);
      const durationMs = performance.now() - startedAt;
      streamSettle.publish(() => ({ stream: stream.name, group, id, durationMs }));
    } catch (error) {
      // It comes again: at least once.
      this.#failedToReach(error);
    }
  }

  async #fail(taken: TakenMessage, error: Error): Promise<void> {
    const { stream, groupName: group, log } = this.options;
    const { id, deliveries } = taken;
    streamFail.publish(() => ({ stream: stream.name, group, id, deliveries, error }));
    const reason = messageOf(error);
    log(`A handler of stream \`${stream.name}\` in group \`${group}\` failed: ${reason}`);
    try {
      const delayMs = await this.options.group.fail(taken, reason);
      if (delayMs === undefined) return this.#buried(id);
      if (this.#isClosed) return;
      const timer = setTimeout(() => {
        this.#retries.delete(timer);
        this.#wake.call();
      }, delayMs + 1).unref();
      this.#retries.add(timer);
    } catch (failure) {
      // It comes again when this consumer gives no sign of life for it.
      this.#failedToReach(failure);
    }
  }

  async #hold(): Promise<void> {
    if (this.#inWork.size > 0) await this.options.group.hold([...this.#inWork.keys()]);
  }

  #buried(id: string): void {
    const { stream, groupName: group, log } = this.options;
    streamDeadLetter.publish(() => ({ stream: stream.name, group, id }));
    log(`Message ${id} of stream \`${stream.name}\` is a dead letter of group \`${group}\`.`);
  }

  #failedToReach(thrown: unknown): void {
    const { stream, groupName: group, log } = this.options;
    const error = asError(thrown);
    streamError.publish(() => ({ stream: stream.name, group, error }));
    log(`Stream \`${stream.name}\`, group \`${group}\`: ${error.message}. Trying again.`);
  }

  #inBackground(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#failedToReach(error));
  }
}

/** Handlers can throw anything, also errors whose message is no text. */
function messageOf(error: Error): string {
  const message: unknown = error.message;
  if (typeof message === 'string') return message;
  return typeof message === 'symbol' ? message.toString() : describeValue(message);
}
