import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import type { ConsumeOptions } from './message-stream.js';

const METADATA = 'nestjs-redis-kit:on-stream-message';

/** Injection token of a stream; `Symbol.for`, so that two copies of the package agree. */
export function getMessageStreamToken(name: string): symbol {
  return Symbol.for(`nestjs-redis-kit:stream:${name}`);
}

/**
 * Injects a stream: `@InjectMessageStream('orders') private readonly orders: MessageStream<Order>`.
 *
 * @param name a key of `streams` in `RedisModule.forFeature`
 */
export function InjectMessageStream(name: string): ParameterDecorator & PropertyDecorator {
  return Inject(getMessageStreamToken(name));
}

/** One `@OnStreamMessage` on a method. */
export interface StreamRule {
  readonly stream: string;
  readonly options: ConsumeOptions;
}

/** Rules of a method; kept on the method itself, so that applications in one process do not mix. */
export function streamRulesOf(method: object): readonly StreamRule[] {
  return (Reflect.getMetadata(METADATA, method) as StreamRule[] | undefined) ?? [];
}

/**
 * Gives the method the messages of a stream, as `MessageStream.consume` does, from the start of the application to
 * its end. On any provider or controller that is not request-scoped.
 *
 * ```ts
 * @OnStreamMessage('orders', { group: 'mailer', concurrency: 5 })
 * async confirm(order: Order, { id }: StreamMessage<Order>) { … }
 * ```
 *
 * @param stream a key of `streams` in `RedisModule.forFeature`
 */
export function OnStreamMessage(stream: string, options: ConsumeOptions): MethodDecorator {
  return (_target, _name, descriptor) => {
    const method = descriptor.value as object;
    const rules = [...streamRulesOf(method), { stream, options }];
    Reflect.defineMetadata(METADATA, rules, method);
  };
}
