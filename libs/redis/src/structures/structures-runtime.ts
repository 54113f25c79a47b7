import { ConfigurationError } from '../common/errors.js';
import type { CircuitBreaker } from '../connection/circuit-breaker.js';
import { FailureLog } from '../common/failure-log.js';
import type { RedisClient } from '../connection/redis-client.js';
import { Leaderboard } from './leaderboard/leaderboard.js';
import { resolveLeaderboard, type LeaderboardOptions } from './leaderboard/leaderboard.options.js';
import { ChannelListener } from './pub-sub/channel-listener.js';
import { PubSub } from './pub-sub/pub-sub.js';
import { MessageStream } from './streams/message-stream.js';
import { resolveStream, type StreamOptions } from './streams/stream.options.js';
import { StructuresClient } from './structures-client.js';
import { StructuresKeySpace } from './structures-key-space.js';
import { checkStructureName, type ResolvedStructuresOptions } from './structures.options.js';

/** Longest wait at shutdown for handlers of messages. */
const DRAIN_LIMIT_MS = 2000;

export interface StructuresRuntimeOptions {
  readonly options: ResolvedStructuresOptions;
  readonly client: () => RedisClient;
  /** Told of the breaker when it is made. Default: nobody. */
  readonly watchBreaker?: (breaker: CircuitBreaker) => void;
  /** A connection that only listens to messages. */
  readonly listener: () => RedisClient;
  readonly log: (line: string) => void;
}

/** Makes the structures of an application, and ends what they keep running. */
export class StructuresRuntime {
  readonly pubSub: PubSub;
  readonly #client: StructuresClient;
  readonly #keys: StructuresKeySpace;
  readonly #listener: ChannelListener;
  readonly #log: (line: string) => void;
  readonly #boards = new Named<LeaderboardOptions, Leaderboard>('leaderboards');
  readonly #streams = new Named<StreamOptions, MessageStream<unknown>>('streams');

  constructor({ options, client, watchBreaker, listener, log }: StructuresRuntimeOptions) {
    const failures = new FailureLog(log);
    this.#log = (line) => failures.write(line);
    this.#client = new StructuresClient(client, options, watchBreaker);
    this.#keys = new StructuresKeySpace(options.prefix);
    this.#listener = new ChannelListener({ open: listener, log: this.#log });
    this.pubSub = new PubSub(this.#parts());
  }

  /** The leaderboard of a name. @throws ConfigurationError when two modules give it different options */
  leaderboard(name: string, options: LeaderboardOptions): Leaderboard {
    return this.#boards.get(name, options, () => {
      this.#client.prepare();
      return new Leaderboard({ ...this.#parts(), board: resolveLeaderboard(name, options) });
    });
  }

  /** The stream of a name. @throws ConfigurationError when two modules give it different options */
  stream(name: string, options: StreamOptions): MessageStream<unknown> {
    return this.#streams.get(name, options, () => {
      this.#client.prepare();
      return new MessageStream({ ...this.#parts(), stream: resolveStream(name, options) });
    });
  }

  /** The stream that some module configured. */
  findStream(name: string): MessageStream<unknown> | undefined {
    return this.#streams.find(name);
  }

  /** Receives nothing more and waits for handlers. Publishing goes on: requests in flight may need it. */
  async stop(): Promise<void> {
    const streams = this.#streams.all().map((stream) => stream.stop());
    const limit = new Promise((resolve) => setTimeout(resolve, DRAIN_LIMIT_MS).unref());
    await Promise.all([...streams, Promise.race([this.pubSub.drain(), limit])]);
    this.#listener.stop();
  }

  #parts(): {
    readonly client: StructuresClient;
    readonly keys: StructuresKeySpace;
    readonly listener: ChannelListener;
    readonly log: (line: string) => void;
  } {
    return {
      client: this.#client,
      keys: this.#keys,
      listener: this.#listener,
      log: this.#log,
    };
  }
}

/** One structure per name, made on first use. Modules that name it again get the same one. */
class Named<Options extends object, T> {
  readonly #known = new Map<string, { readonly made: T; readonly options: Options }>();

  constructor(private readonly kind: string) {}

  get(name: string, options: Options, make: () => T): T {
    const known = this.#known.get(checkStructureName(this.kind, name));
    if (!known) {
      const made = make();
      this.#known.set(name, { made, options });
      return made;
    }
    if (isSame(known.options, options)) return known.made;
    throw new ConfigurationError(
      `${this.kind}.${name}`,
      'given twice with different options',
      'Configure it in one module and name it there alone.',
    );
  }

  find(name: string): T | undefined {
    return this.#known.get(name)?.made;
  }

  all(): T[] {
    return [...this.#known.values()].map(({ made }) => made);
  }
}

/** Functions, such as a season of the application's own, must be the same one. */
function isSame(one: object, other: object): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every(
    (name) => (one as Record<string, unknown>)[name] === (other as Record<string, unknown>)[name],
  );
}
