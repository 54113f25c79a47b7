import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Duration } from '../../common/duration.js';
import {
  CACHE_KEY_METADATA,
  CACHE_SCOPE_METADATA,
  CACHE_TAGS_METADATA,
  CACHE_TTL_METADATA,
  INVALIDATE_TAGS_METADATA,
  NO_CACHE_METADATA,
  type CacheKeyFactory,
  type CacheTagsFactory,
  type CacheTTLFactory,
} from '../decorators/cache-metadata.js';
import type { CacheScopeOption } from './http-cache-policy.js';

/** What the decorators of a handler and its class say. The handler wins. */
export interface CacheRoute {
  readonly isOff: boolean;
  readonly key: string | CacheKeyFactory | undefined;
  readonly ttl: Duration | CacheTTLFactory | undefined;
  readonly tags: readonly (string | CacheTagsFactory)[];
  readonly invalidates: readonly (string | CacheTagsFactory)[];
  readonly scope: CacheScopeOption<Request> | undefined;
}

/** Reads the decorators once per handler and class, not once per request. */
export class CacheRoutes {
  readonly #routes = new WeakMap<object, Map<unknown, CacheRoute>>();

  constructor(private readonly reflector: Reflector) {}

  of(context: ExecutionContext): CacheRoute {
    const handler = context.getHandler();
    const byClass = this.#routes.get(handler) ?? new Map<unknown, CacheRoute>();
    this.#routes.set(handler, byClass);
    const known = byClass.get(context.getClass());
    if (known) return known;
    const route = this.#read(context);
    byClass.set(context.getClass(), route);
    return route;
  }

  #read(context: ExecutionContext): CacheRoute {
    const read = <V>(key: string): V | undefined =>
      this.reflector.getAllAndOverride<V>(key, [context.getHandler(), context.getClass()]);
    return {
      isOff: read<boolean>(NO_CACHE_METADATA) ?? false,
      key: read(CACHE_KEY_METADATA),
      ttl: read(CACHE_TTL_METADATA),
      tags: read(CACHE_TAGS_METADATA) ?? [],
      invalidates: read(INVALIDATE_TAGS_METADATA) ?? [],
      scope: read(CACHE_SCOPE_METADATA),
    };
  }
}

export function tagsOf(tags: readonly (string | CacheTagsFactory)[], request: Request): string[] {
  return tags.flatMap((tag) => (typeof tag === 'string' ? [tag] : [...tag(request)]));
}
