import 'reflect-metadata';
import type { HandlerOptions } from './handler-queue.js';
import type { MessageHandler } from './subscription.js';
import type { Topic } from './topic.js';

const METADATA = 'nestjs-redis-kit:on-message';

/** One `@OnRedisMessage` on a method. */
export interface MessageRule {
  readonly channel: Topic<unknown> | string;
  readonly options: HandlerOptions;
}

/** Rules of a method; kept on the method itself, so that applications in one process do not mix. */
export function messageRulesOf(method: object): readonly MessageRule[] {
  return (Reflect.getMetadata(METADATA, method) as MessageRule[] | undefined) ?? [];
}

/**
 * Calls the method with each message of a channel or pattern, as `PubSub.subscribe` does, from the start of the
 * application to its end. On any provider or controller that is not request-scoped.
 *
 * ```ts
 * @OnRedisMessage('chat:*')
 * heard(message: ChatMessage, { channel }: Message<ChatMessage>) { … }
 * ```
 */
export function OnRedisMessage<T>(
  channel: Topic<T>,
  options?: HandlerOptions,
): TypedMethodDecorator<MessageHandler<T>>;
export function OnRedisMessage(channel: string, options?: HandlerOptions): MethodDecorator;
export function OnRedisMessage(
  channel: Topic<unknown> | string,
  options: HandlerOptions = {},
): MethodDecorator {
  return (_target, _name, descriptor) => {
    const method = descriptor.value as object;
    const rules = [...messageRulesOf(method), { channel, options }];
    Reflect.defineMetadata(METADATA, rules, method);
  };
}

type TypedMethodDecorator<Method> = <M extends Method>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;
