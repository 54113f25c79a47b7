import { describeValue, RedisKitError } from '../../common/errors.js';

/** Options of a typed topic. */
export interface TopicOptions<T> {
  /**
   * Turns what came over the wire into a message, or throws: then it is dropped and counted. Default: it is
   * taken as it is, so the type is a promise of whoever publishes.
   */
  readonly parse?: (value: unknown) => T;
}

/** A channel, or a pattern of channels, with the type of its messages. */
export interface Topic<T> extends TopicOptions<T> {
  readonly name: string;
  /** True when the name has `*`, `?` or `[`: then it is for listening. */
  readonly isPattern: boolean;
  /**
   * One channel of a pattern: `rooms.with('7')` of `topic('chat:*')` is `chat:7`.
   *
   * @throws RedisKitError `MESSAGE_CHANNEL_INVALID` when the name has not exactly one `*`
   */
  with(part: string): Topic<T>;
}

const GLOB = /[*?[\]\\]/;

/**
 * Names a channel and its messages once, for publishers and listeners:
 *
 * ```ts
 * export const rooms = topic<ChatMessage>('chat:*');
 * await pubSub.publish(rooms.with('7'), { from: 'Alice', text: 'Hello' });
 * ```
 *
 * @throws RedisKitError `MESSAGE_CHANNEL_INVALID`
 */
export function topic<T>(name: string, { parse }: TopicOptions<T> = {}): Topic<T> {
  checkName(name);
  return {
    name,
    isPattern: GLOB.test(name),
    parse,
    with(part) {
      if (name.split('*').length !== 2 || GLOB.test(name.replace('*', '')))
        throw invalid(name, 'with() needs a pattern with one * and nothing else.');
      if (GLOB.test(part)) throw invalid(part, 'The part must not be a pattern itself.');
      return topic(
        name.replace('*', () => part),
        { parse },
      );
    },
  };
}

/** A topic as it is, or that of a plain name. */
export function asTopic<T>(given: Topic<T> | string): Topic<T> {
  return typeof given === 'string' ? topic<T>(given) : given;
}

/** @throws RedisKitError when it is a pattern */
export function channelOf({ name, isPattern }: Topic<unknown>): string {
  if (isPattern)
    throw invalid(name, 'A message goes to one channel: name it, or use with() of the topic.');
  return name;
}

function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= 256 && !/[\s\p{Cc}]/u.test(name))
    return;
  throw invalid(name, 'Give 1 to 256 characters without spaces.');
}

function invalid(name: unknown, remedy: string): RedisKitError {
  return new RedisKitError(
    'MESSAGE_CHANNEL_INVALID',
    `The channel is ${describeValue(name)}. ${remedy}`,
  );
}
