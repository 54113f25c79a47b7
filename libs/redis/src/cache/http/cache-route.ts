import type { ExecutionContext, Type } from '@nestjs/common';
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
import {
  CACHE_POLICY_METADATA,
  VALIDATOR_METADATA,
  type ResponseValidator,
  type ValidatorFunction,
} from '../decorators/cache-policy.decorator.js';
import { FAST_LANE_METADATA } from '../decorators/fast-lane.decorator.js';
import {
  resolveHttpPolicy,
  type HttpCacheOptions,
  type HttpCachePolicy,
} from './http-cache.options.js';
import type { CacheScopeOption } from './http-cache-policy.js';

/** What the decorators of a handler and its class say. The handler wins. */
export interface CacheRoute {
  /** `Controller.method`, with its version where it has one: versions often share both names. */
  readonly handler: string;
  readonly isOff: boolean;
  /** An `@Sse()` handler, whose head goes out before it has begun. */
  readonly isEventStream: boolean;
  /** Neither `@Render()` nor `@Redirect()`. */
  readonly isPlain: boolean;
  readonly key: string | CacheKeyFactory | undefined;
  readonly ttl: Duration | CacheTTLFactory | undefined;
  readonly tags: readonly (string | CacheTagsFactory)[];
  readonly invalidates: readonly (string | CacheTagsFactory)[];
  /** Those on the handler itself count for a GET, too; those of a class are meant for its writes. */
  readonly invalidatesOnRead: readonly (string | CacheTagsFactory)[];
  readonly scope: CacheScopeOption<Request> | undefined;
  readonly policy: HttpCachePolicy;
  readonly validator: ValidatorFunction | Type<ResponseValidator> | undefined;
  /** `@FastLane()`. */
  readonly isFast: boolean;
}

/** Says which handler of which class is meant. */
export type RouteContext = Pick<ExecutionContext, 'getHandler' | 'getClass'>;

/** What Nest's `@Sse()`, `@Render()` and `@Redirect()` leave on a handler. */
const SSE_METADATA = '__sse__';
const RENDER_METADATA = '__renderTemplate__';
const REDIRECT_METADATA = '__redirect__';
const VERSION_METADATA = '__version__';

/** Reads the decorators once per handler and class, not once per request. */
export class CacheRoutes {
  readonly #routes = new WeakMap<object, Map<unknown, CacheRoute>>();

  /** @param defaults the option `cache.http` */
  constructor(
    private readonly reflector: Reflector,
    private readonly defaults: HttpCacheOptions,
  ) {}

  of(context: RouteContext): CacheRoute {
    const handler = context.getHandler();
    const known = this.#routes.get(handler)?.get(context.getClass());
    if (known) return known;
    const byClass = this.#routes.get(handler) ?? new Map<unknown, CacheRoute>();
    this.#routes.set(handler, byClass);
    const route = this.#read(context);
    byClass.set(context.getClass(), route);
    return route;
  }

  /** @throws ConfigurationError that names the handler and the field of its `@CachePolicy` */
  #read(context: RouteContext): CacheRoute {
    const targets = [context.getHandler(), context.getClass()];
    const read = <V>(key: string): V | undefined =>
      this.reflector.getAllAndOverride<V>(key, targets);
    const version = read<unknown>(VERSION_METADATA);
    const name = `${context.getClass().name}.${context.getHandler().name}`;
    const handler =
      version === undefined
        ? name
        : `${name} of version ${JSON.stringify([version].flat().map(String))}`;
    const [ofHandler, ofClass] = this.reflector.getAll<(HttpCacheOptions | undefined)[]>(
      CACHE_POLICY_METADATA,
      targets,
    );
    return {
      handler,
      isOff: read<boolean>(NO_CACHE_METADATA) ?? false,
      isEventStream: read<boolean>(SSE_METADATA) ?? false,
      isPlain: [RENDER_METADATA, REDIRECT_METADATA].every((key) => read(key) === undefined),
      key: read(CACHE_KEY_METADATA),
      ttl: read(CACHE_TTL_METADATA),
      tags: read(CACHE_TAGS_METADATA) ?? [],
      invalidates: read(INVALIDATE_TAGS_METADATA) ?? [],
      invalidatesOnRead:
        this.reflector.get<CacheRoute['invalidates'] | undefined>(
          INVALIDATE_TAGS_METADATA,
          context.getHandler(),
        ) ?? [],
      scope: read(CACHE_SCOPE_METADATA),
      policy: resolveHttpPolicy(
        { ...this.defaults, ...ofClass, ...ofHandler },
        `@CachePolicy of ${handler}`,
      ),
      validator: read(VALIDATOR_METADATA),
      isFast: read<boolean>(FAST_LANE_METADATA) ?? false,
    };
  }
}

export function tagsOf(tags: readonly (string | CacheTagsFactory)[], request: Request): string[] {
  return tags.flatMap((tag) => (typeof tag === 'string' ? [tag] : [...tag(request)]));
}
