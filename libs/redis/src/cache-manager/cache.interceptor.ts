import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type CallHandler,
  type ExecutionContext,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { of, tap, type Observable } from 'rxjs';
import {
  CACHE_KEY_METADATA,
  type CacheKeyFactory,
  type CacheTTLFactory,
} from '../cache/decorators/cache-metadata.js';
import { CacheInterceptor as HttpCacheInterceptor } from '../cache/http/cache.interceptor.js';
import type { CacheRoute } from '../cache/http/cache-route.js';
import { ConfigurationError, isError } from '../common/errors.js';
import type { Duration } from '../common/duration.js';
import type { Cache } from './cache.js';
import { CACHE_MANAGER } from './cache-manager.tokens.js';
import { lifeOf } from './life.js';
import { RedisCache } from './redis-cache.js';

/** Of what was over before it began. */
const SHORTEST_LIFE_MS = 1;

type Name = string | null | undefined;

/**
 * The interceptor of this package under the names of `@nestjs/cache-manager`. `trackBy` names the
 * answers of a route: `del(name)` ends them. What it returns is added to the key (host, path, query, scope)
 * and does not replace it. Handlers of sockets and messages that have a `@CacheKey` are cached by it.
 */
@Injectable()
export class CacheInterceptor extends HttpCacheInterceptor {
  @Optional()
  @Inject(HttpAdapterHost)
  protected readonly httpAdapterHost!: HttpAdapterHost;
  readonly #names = new WeakMap<Request, string>();
  readonly #routes = new WeakMap<CacheRoute, CacheRoute>();
  readonly #manager: RedisCache;

  constructor(
    @Inject(CACHE_MANAGER) protected readonly cacheManager: Cache,
    @Inject(Reflector) protected readonly reflector: Reflector,
  ) {
    const manager = ours(cacheManager);
    super(manager.answers.http, reflector);
    this.#manager = manager;
  }

  override intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() === 'http') return super.intercept(context, next);
    return this.#message(context, next);
  }

  /** The `@CacheKey` of the handler, else the URL of the request; nothing keeps it out of the cache. */
  protected override trackBy(context: ExecutionContext): Name | Promise<Name> {
    const key = this.reflector.get<string | CacheKeyFactory | undefined>(
      CACHE_KEY_METADATA,
      context.getHandler(),
    );
    if (typeof key === 'function') return key(context);
    if (key !== undefined || context.getType() !== 'http') return key;
    return this.isRequestCacheable(context) ? requestOf(context).originalUrl : undefined;
  }

  protected override storageKey(context: ExecutionContext): Name | Promise<Name> {
    const name = this.trackBy(context);
    return name instanceof Promise
      ? name.then((later) => this.#keyOf(context, later))
      : this.#keyOf(context, name);
  }

  protected override routeOf(context: ExecutionContext): CacheRoute {
    const route = super.routeOf(context);
    const known = this.#routes.get(route);
    if (known) return known;
    const { answers, options } = this.#manager;
    const named = {
      ...route,
      ttl: routeLife(route.ttl ?? options.ttl),
      tags: [...route.tags, answers.all, (request: Request) => this.#tagsOf(request)],
    };
    this.#routes.set(route, named);
    return named;
  }

  #keyOf(context: ExecutionContext, name: Name): string | undefined {
    if (!name) return undefined;
    const request = requestOf(context);
    const isUrl = name === request.originalUrl && this.routeOf(context).key === undefined;
    if (!isUrl) this.#names.set(request, name);
    return this.composeKey(context, isUrl ? undefined : name);
  }

  #tagsOf(request: Request): string[] {
    const name = this.#names.get(request);
    return name === undefined ? [] : [this.#manager.answers.tagOf(name)];
  }

  async #message(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const name = await this.trackBy(context);
    if (!name) return next.handle();
    const value = await this.cacheManager.get(name);
    if (value !== undefined && value !== null) return of(value);
    const { ttl } = this.routeOf(context);
    const lifeMs = typeof ttl === 'function' ? await ttl(context) : ttl;
    return next.handle().pipe(tap((answer) => void this.#keep(name, answer, lifeMs)));
  }

  async #keep(name: string, answer: unknown, ttl: Duration | undefined): Promise<void> {
    try {
      await this.cacheManager.set(name, answer, ttl);
    } catch (error) {
      const why = isError(error) ? error.message : String(error);
      Logger.warn(`The answer of \`${name}\` is not cached: ${why}`, 'CacheInterceptor');
    }
  }
}

/** @throws ConfigurationError for a cache of another kind, which holds no answers */
function ours(cacheManager: Cache): RedisCache {
  if (cacheManager instanceof RedisCache) return cacheManager;
  throw new ConfigurationError(
    CACHE_MANAGER,
    cacheManager,
    "CacheInterceptor needs the one of nestjs-redis-kit/cache-manager. In tests, give CacheModule.register({ connection: 'embedded' }), " +
      'or replace the interceptor by overrideInterceptor(CacheInterceptor).',
  );
}

function routeLife(
  ttl: Duration | CacheTTLFactory | undefined,
): Duration | CacheTTLFactory | undefined {
  if (ttl === undefined) return undefined;
  if (typeof ttl !== 'function') return lifeOf(ttl) ?? SHORTEST_LIFE_MS;
  return async (context) => lifeOf(await ttl(context)) ?? SHORTEST_LIFE_MS;
}

function requestOf(context: ExecutionContext): Request {
  return context.switchToHttp().getRequest<Request>();
}
