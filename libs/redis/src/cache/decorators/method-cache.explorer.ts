import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ConfigurationError } from '../../common/errors.js';
import { CacheRuntime } from '../cache-runtime.js';
import { CacheService } from '../cache.service.js';
import { rulesOf, type MethodCacheRule } from './method-cache.metadata.js';
import { wrapMethod, type MethodCache } from './method-cache.wrap.js';

interface Found {
  readonly instance: Record<string, unknown>;
  readonly name: string;
  readonly rules: readonly MethodCacheRule[];
}

/**
 * Finds decorated methods of this application's providers and wraps them on the instance, not on the
 * class: another application in the same process keeps its own caches.
 */
@Injectable()
export class MethodCacheExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly runtime: CacheRuntime,
    private readonly service: CacheService,
  ) {}

  onModuleInit(): void {
    this.#refuseControllers();
    for (const { instance, name, rules } of this.#find()) {
      let method = instance[name] as (...args: never[]) => Promise<unknown>;
      for (const rule of rules) method = wrapMethod(method, rule, this.#cacheOf(rule, name));
      instance[name] = method;
    }
  }

  #find(): Found[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      const prototype = prototypeOf(wrapper.metatype);
      const names = prototype ? this.#decorated(prototype) : [];
      if (names.length > 0 && !wrapper.isDependencyTreeStatic())
        throw refused(wrapper.name, names[0], 'is request-scoped', REQUEST_SCOPE);
      const { instance } = wrapper as { instance?: Record<string, unknown> };
      return instance
        ? names.map((name) => ({ instance, name, rules: rulesOf(instance[name] as object) }))
        : [];
    });
  }

  /** The router has bound controller methods before any hook runs, so a wrapper would never be called. */
  #refuseControllers(): void {
    for (const { metatype, name } of this.discovery.getControllers()) {
      const prototype = prototypeOf(metatype);
      const [method] = prototype ? this.#decorated(prototype) : [];
      if (method)
        throw refused(
          name,
          method,
          'is a controller',
          'Use CacheInterceptor with @CacheTTL and @CacheTags there.',
        );
    }
  }

  #decorated(prototype: object): string[] {
    return this.scanner
      .getAllMethodNames(prototype)
      .filter((name) => rulesOf((prototype as Record<string, object>)[name] ?? {}).length > 0);
  }

  #cacheOf({ options: { cache } }: MethodCacheRule, method: string): MethodCache {
    if (cache === undefined) return this.service;
    const found = this.runtime.find(cache);
    if (found) return found;
    throw new ConfigurationError(
      `cache of ${method}`,
      cache,
      `Add RedisModule.forFeature({ caches: { ${cache}: {} } }) to the module.`,
    );
  }
}

const REQUEST_SCOPE =
  'Move the method to a provider without request scope, or use CacheService.getOrSet in it.';

function prototypeOf(metatype: unknown): object | undefined {
  return typeof metatype === 'function'
    ? (metatype as { prototype?: object }).prototype
    : undefined;
}

function refused(
  owner: unknown,
  method: string | undefined,
  what: string,
  remedy: string,
): ConfigurationError {
  return new ConfigurationError(
    `cache decorator on ${String(owner)}.${method}`,
    `not possible: ${String(owner)} ${what}`,
    remedy,
  );
}
