import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ConfigurationError, RedisKitError } from '../common/errors.js';
import { messageRulesOf } from './pub-sub/on-redis-message.decorator.js';
import { streamRulesOf } from './streams/stream.decorators.js';
import { StructuresRuntime } from './structures-runtime.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Handler = (data: unknown, message: unknown) => unknown;

/**
 * Finds the methods of this application's providers and controllers that want messages. After every `onModuleInit`,
 * so that none is called before it is ready.
 */
@Injectable()
export class MessageExplorer implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly runtime: StructuresRuntime,
  ) {}

  onApplicationBootstrap(): void {
    const seen = new Set<object>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      for (const { prototype, name } of this.#decorated(wrapper)) {
        const { instance } = wrapper as { instance?: Record<string, Handler> };
        if (!wrapper.isDependencyTreeStatic()) throw requestScoped(wrapper.name, name);
        // One instance may be provided under several tokens.
        if (!instance || seen.has(instance)) continue;
        this.#listen(instance, prototype, name);
      }
      const { instance } = wrapper as { instance?: unknown };
      if (typeof instance === 'object' && instance !== null) seen.add(instance);
    }
  }

  #listen(instance: Record<string, Handler>, prototype: object, name: string): void {
    const method = (prototype as Record<string, object>)[name]!;
    const handler: Handler = (data, message) => instance[name]!(data, message);
    for (const { channel, options } of messageRulesOf(method))
      this.runtime.pubSub.subscribe(channel, handler, options);
    for (const { stream, options } of streamRulesOf(method)) {
      const found = this.runtime.findStream(stream);
      if (!found) throw unknownStream(stream, name);
      found.consume(options, handler);
    }
  }

  #decorated(wrapper: Wrapper): { readonly prototype: object; readonly name: string }[] {
    const prototype = prototypeOf(wrapper);
    if (!prototype) return [];
    return this.scanner
      .getAllMethodNames(prototype)
      .filter((name) => hasRules((prototype as Record<string, unknown>)[name]))
      .map((name) => ({ prototype, name }));
  }
}

/** Of the class where it is one, else of what a factory made. */
function prototypeOf(wrapper: Wrapper): object | undefined {
  const { metatype, instance } = wrapper as { metatype: unknown; instance?: unknown };
  const isClass = typeof metatype === 'function' && !wrapper.inject;
  if (isClass) return (metatype as { prototype?: object }).prototype;
  return typeof instance === 'object' && instance !== null
    ? (Object.getPrototypeOf(instance) as object)
    : undefined;
}

function hasRules(method: unknown): boolean {
  return (
    typeof method === 'function' &&
    (messageRulesOf(method).length > 0 || streamRulesOf(method).length > 0)
  );
}

function requestScoped(owner: unknown, method: string): ConfigurationError {
  return new ConfigurationError(
    `message decorator on ${String(owner)}.${method}`,
    'not possible: it is request-scoped',
    'No request belongs to a message. Move the method to a provider without request scope.',
  );
}

function unknownStream(stream: string, method: string): RedisKitError {
  return new RedisKitError(
    'STRUCTURE_NOT_FOUND',
    `@OnStreamMessage on ${method} names the stream \`${stream}\`, which no module configures. Add RedisModule.forFeature({ streams: { ${stream}: {} } }).`,
  );
}
