import { asError, isError } from '../../common/errors.js';
import { isCluster, type RedisClient } from '../../connection/redis-client.js';
import { pubSubListen } from './pub-sub.events.js';

/** A connection that went quiet without being closed is found out within this time. */
const HEARTBEAT_MS = 2000;
/** Names of one SUBSCRIBE. */
const MOST_NAMES = 500;

export type Receiver = (channel: string, text: string) => void;

export interface Listening {
  /** Resolves once Redis has confirmed, or the listening has ended. @throws when Redis refuses it */
  ready(): Promise<void>;
  close(): void;
}

type Kind = 'channel' | 'pattern';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Subscribed {
  readonly receivers: Set<Receiver>;
  readonly waiters: Set<Waiter>;
  isConfirmed: boolean;
  /** Redis refused it, such as by an ACL; it is tried again at the next connection. */
  refused: Error | undefined;
}

export interface ChannelListenerOptions {
  /** Makes the connection that listens; called once, for the first who listens. */
  readonly open: () => RedisClient;
  readonly log: (line: string) => void;
}

/**
 * One listening connection for all who listen. What should be heard is kept here and told to Redis at each new
 * connection, so a lost connection loses messages but no subscription.
 */
export class ChannelListener {
  readonly #names: Readonly<Record<Kind, Map<string, Subscribed>>> = {
    channel: new Map(),
    pattern: new Map(),
  };
  #client: RedisClient | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #deafSince: number | undefined;
  #hasListened = false;

  constructor(private readonly options: ChannelListenerOptions) {}

  /** Names are as on the wire. */
  listen(kind: Kind, name: string, receiver: Receiver): Listening {
    const names = this.#names[kind];
    const known = names.get(name);
    const subscribed = known ?? newSubscribed();
    subscribed.receivers.add(receiver);
    names.set(name, subscribed);
    const client = this.#open();
    if (!known && client.status === 'ready') this.#inBackground(this.#subscribe(kind, [name]));
    return {
      ready: () => waitFor(subscribed),
      close: () => this.#leave({ kind, name, subscribed, receiver }),
    };
  }

  /** Hears nothing more. The connection is the owner's to close. */
  stop(): void {
    clearInterval(this.#heartbeat);
    const client = this.#client;
    client?.off('message', this.#message);
    client?.off('pmessage', this.#patternMessage);
    client?.off('ready', this.#ready);
    client?.off('close', this.#lost);
    for (const names of Object.values(this.#names)) {
      for (const subscribed of names.values()) confirm(subscribed);
      names.clear();
    }
  }

  #open(): RedisClient {
    if (this.#client) return this.#client;
    const client = this.options.open();
    this.#client = client;
    client.on('message', this.#message);
    client.on('pmessage', this.#patternMessage);
    client.on('ready', this.#ready);
    client.on('close', this.#lost);
    // A failed attempt is an event of the connection, and others follow.
    if (client.status === 'wait') client.connect().catch(() => undefined);
    this.#heartbeat = setInterval(() => this.#inBackground(this.#beat()), HEARTBEAT_MS).unref();
    return client;
  }

  readonly #message = (channel: string, text: string): void => {
    this.#deliver('channel', channel, { channel, text });
  };

  readonly #patternMessage = (pattern: string, channel: string, text: string): void => {
    this.#deliver('pattern', pattern, { channel, text });
  };

  #deliver(kind: Kind, name: string, { channel, text }: { channel: string; text: string }): void {
    for (const receiver of this.#names[kind].get(name)?.receivers ?? []) receiver(channel, text);
  }

  readonly #ready = (): void => this.#inBackground(this.#subscribeAll());

  readonly #lost = (): void => {
    this.#deafSince ??= performance.now();
    for (const names of Object.values(this.#names))
      for (const subscribed of names.values()) subscribed.isConfirmed = false;
  };

  async #subscribeAll(): Promise<void> {
    const sent = (['channel', 'pattern'] as const).flatMap((kind) =>
      chunks([...this.#names[kind].keys()]).map((names) => this.#subscribe(kind, names)),
    );
    if (!(await Promise.all(sent)).every(Boolean)) return;
    const { channel, pattern } = this.#names;
    const event = {
      channels: channel.size,
      patterns: pattern.size,
      isAgain: this.#hasListened,
      deafMs: this.#deafSince === undefined ? 0 : performance.now() - this.#deafSince,
    };
    this.#hasListened = true;
    this.#deafSince = undefined;
    pubSubListen.publish(() => event);
  }

  /** @returns false when the connection was lost meanwhile; the next one begins anew */
  async #subscribe(kind: Kind, names: readonly string[]): Promise<boolean> {
    const client = this.#client!;
    // Those of now: a name that is left and listened to again meanwhile waits for a reply of its own.
    const wanted = names.map((name) => this.#names[kind].get(name));
    try {
      await (kind === 'channel' ? client.subscribe(...names) : client.psubscribe(...names));
      for (const subscribed of wanted) confirm(subscribed);
      return true;
    } catch (error) {
      if (!isError(error) || error.name !== 'ReplyError') {
        // Redis did not answer in time: only a new connection tells what it knows.
        if (client.status === 'ready') client.disconnect(true);
        return false;
      }
      if (names.length === 1) this.#refuse(kind, names[0]!, error);
      // One name among them was refused; alone, the others are not.
      else await Promise.all(names.map((name) => this.#subscribe(kind, [name])));
      return true;
    }
  }

  #refuse(kind: Kind, name: string, error: Error): void {
    this.options.log(`Redis refuses to subscribe to the ${kind} \`${name}\`: ${error.message}`);
    const subscribed = this.#names[kind].get(name);
    if (!subscribed) return;
    subscribed.refused = error;
    for (const { reject } of subscribed.waiters) reject(error);
    subscribed.waiters.clear();
  }

  #leave({
    kind,
    name,
    subscribed,
    receiver,
  }: {
    readonly kind: Kind;
    readonly name: string;
    readonly subscribed: Subscribed;
    readonly receiver: Receiver;
  }): void {
    subscribed.receivers.delete(receiver);
    const names = this.#names[kind];
    if (subscribed.receivers.size > 0 || names.get(name) !== subscribed) return;
    names.delete(name);
    confirm(subscribed);
    const client = this.#client!;
    // One that is not connected tells the next server only what is wanted by then.
    if (client.status !== 'ready') return;
    const left = kind === 'channel' ? client.unsubscribe(name) : client.punsubscribe(name);
    this.#inBackground(left);
  }

  /** On a Cluster whose nodes were not known, ioredis itself watches the connection. */
  async #beat(): Promise<void> {
    const client = this.#client!;
    if (client.status !== 'ready' || isCluster(client)) return;
    try {
      await client.ping();
    } catch {
      if (client.status === 'ready') client.disconnect(true);
    }
  }

  /** A lost connection is reported by its owner, and the next one puts everything right. */
  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.options.log(`Listening failed: ${asError(error).message}`));
  }
}

function newSubscribed(): Subscribed {
  return { receivers: new Set(), waiters: new Set(), isConfirmed: false, refused: undefined };
}

function confirm(subscribed: Subscribed | undefined): void {
  if (!subscribed) return;
  subscribed.isConfirmed = true;
  subscribed.refused = undefined;
  for (const { resolve } of subscribed.waiters) resolve();
  subscribed.waiters.clear();
}

function waitFor(subscribed: Subscribed): Promise<void> {
  if (subscribed.refused) return Promise.reject(subscribed.refused);
  if (subscribed.isConfirmed) return Promise.resolve();
  return new Promise((resolve, reject) => subscribed.waiters.add({ resolve, reject }));
}

function chunks(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / MOST_NAMES) }, (_, at) =>
    names.slice(at * MOST_NAMES, (at + 1) * MOST_NAMES),
  );
}
