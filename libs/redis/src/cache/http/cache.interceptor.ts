import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { HTTP_CACHE } from '../cache.tokens.js';
import { cacheKey } from './cache-key.js';
import { CacheRoutes, type CacheRoute } from './cache-route.js';
import { announce, factsOf, type Exchange } from './exchange.js';
import { HttpCache } from './http-cache.js';
import { decideRequest, type BypassReason } from './http-cache-policy.js';
import { invalidateWithAnswer } from './invalidate-with-answer.js';
import { refreshOf, type Refresh } from './refresh-request.js';
import { requestDirectives } from './request-directives.js';
import { scopeOf } from './request-identity.js';
import { defaultCacheControl } from './default-cache-control.js';
import { keyPart } from './vary.js';

/** Requests that an interceptor has taken on: a second one on the same route, from a wider scope, lets them pass. */
const taken = new WeakSet<Request>();

/**
 * Answers GET and HEAD from stored responses, and stores what handlers send: status, headers and
 * bytes after all serialization. Guards have run by then. What is not for sharing is denied by default:
 * see `@CacheScope`. Other contexts than HTTP pass through.
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor {
  /** Methods that are answered from the cache. Others can never be: their bodies are not part of the key. */
  protected readonly allowedMethods: readonly string[] = ['GET', 'HEAD'];
  readonly #routes: CacheRoutes;

  constructor(
    @Inject(HTTP_CACHE) private readonly cache: HttpCache,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#routes = new CacheRoutes(reflector, cache.defaults);
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    if (taken.has(request)) return next.handle();
    taken.add(request);
    const exchange = this.#exchangeOf(context, request);
    const refresh = refreshOf<Exchange>(request);
    if (refresh) return this.#refresh(exchange, refresh, next);
    const { response, route } = exchange;
    const isInvalidating = invalidateWithAnswer(this.cache.answers, exchange);
    if (route.isOff) {
      defaultCacheControl(response, 'no-store');
      return next.handle();
    }
    // Caches below have to tell apart what the key tells apart.
    for (const name of route.policy.vary) response.vary(name);
    const reason = this.#bypass(context, exchange, isInvalidating);
    if (reason !== undefined) return passBy(exchange, next, reason);
    const key = this.storageKey(context);
    // A hit needs no promise, unless something asks for one.
    if (key instanceof Promise) return key.then((later) => this.#answer(exchange, later, next));
    return this.#answer(exchange, key, next);
  }

  /** Judged anew: the session may have ended meanwhile, or the group be another one. */
  async #refresh(
    exchange: Exchange,
    refresh: Refresh<Exchange>,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const { context } = exchange;
    const reason = this.#bypass(context, exchange, false);
    const key = reason === undefined ? await this.storageKey(context) : undefined;
    if (key !== refresh.key) return next.handle();
    return this.cache.record(refresh.capture(exchange), next);
  }

  #answer(
    exchange: Exchange,
    key: string | null | undefined,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (key === undefined || key === null) return passBy(exchange, next);
    return this.cache.answer(exchange, key, next);
  }

  /**
   * Key of the request; undefined or null keeps it out of the cache. An override that calls `super` and adds
   * to its result stays safe.
   */
  protected trackBy(
    context: ExecutionContext,
  ): string | null | undefined | Promise<string | null | undefined> {
    const { key } = this.routeOf(context);
    const custom = typeof key === 'function' ? key(context) : key;
    if (!(custom instanceof Promise)) return this.composeKey(context, custom);
    return custom.then((later) => this.composeKey(context, later));
  }

  /** The key that an answer is stored under: what `trackBy` says. */
  protected storageKey(context: ExecutionContext): ReturnType<CacheInterceptor['trackBy']> {
    return this.trackBy(context);
  }

  /** What the decorators of the handler say. */
  protected routeOf(context: ExecutionContext): CacheRoute {
    return this.#routes.of(context);
  }

  /** The whole key: a name of the route's own, added to host, path, query, declared headers and scope. */
  protected composeKey(context: ExecutionContext, custom: string | undefined): string | undefined {
    const request = context.switchToHttp().getRequest<Request>();
    return this.#keyOf(request, this.routeOf(context), custom);
  }

  #keyOf(request: Request, route: CacheRoute, custom: string | undefined): string | undefined {
    const { key, scope, policy, handler } = route;
    const group = scopeOf(request, scope);
    if (group === undefined || (key !== undefined && custom === undefined)) return undefined;
    return cacheKey({
      protocol: request.protocol,
      // As Express sees it: behind a trusted proxy, tenants differ by X-Forwarded-Host.
      host: request.host ?? '',
      target: request.originalUrl,
      query: policy.query,
      vary: policy.vary.map((name) => [name, varyingField(request, name)]),
      handler,
      custom,
      scope: group,
    });
  }

  /** True for the methods that are answered from the cache. */
  protected isRequestCacheable(context: ExecutionContext): boolean {
    return this.allowedMethods.includes(context.switchToHttp().getRequest<Request>().method);
  }

  #exchangeOf(context: ExecutionContext, request: Request): Exchange {
    const route = this.routeOf(context);
    return {
      context,
      request,
      response: context.switchToHttp().getResponse<Response>(),
      route,
      directives: requestDirectives(request.headers, route.policy.requestDirectives),
      arrivedAt: this.cache.now(),
      hasPlainKey: route.isFast && isPlainInterceptor(this),
    };
  }

  /** Why a request goes past the cache. */
  #bypass(
    context: ExecutionContext,
    { request, route, directives }: Exchange,
    isInvalidating: boolean,
  ): BypassReason | 'request' | 'invalidates' | 'event-stream' | undefined {
    if (route.isEventStream) return 'event-stream';
    if (!this.isRequestCacheable(context)) return 'method';
    const decision = decideRequest(factsOf(request, route.policy), route.scope);
    if (decision.kind === 'bypass') return decision.reason;
    if (isInvalidating) return 'invalidates';
    return directives.noStore ? 'request' : undefined;
  }
}

/** Why an answer is one person's own: caches below are not to share it either. */
const PERSONAL: ReadonlySet<string | undefined> = new Set(['authorization', 'session', undefined]);

function passBy(
  { response, route }: Exchange,
  next: CallHandler,
  reason?: string,
): Observable<unknown> {
  const why = reason === 'method' ? 'method' : 'bypass';
  if (PERSONAL.has(reason) && route.policy.downstream !== false)
    defaultCacheControl(response, 'private, no-cache');
  announce(response, { kind: 'forward', reason: why, isStored: false, detail: reason }, 'BYPASS');
  return next.handle();
}

function varyingField(request: Request, name: string): string | null {
  const value = request.headers[name];
  return value === undefined ? null : keyPart(name, value);
}

/** What decides on requests and their keys; an override may go by anything. */
const DECIDING = ['intercept', 'trackBy', 'storageKey', 'routeOf', 'isRequestCacheable'] as const;

/** True for one, or a class of one, that decides as `CacheInterceptor` does. */
export function isPlainInterceptor(interceptor: object): boolean {
  const own = CacheInterceptor.prototype as unknown as Record<string, unknown>;
  return DECIDING.every((name) => (interceptor as Record<string, unknown>)[name] === own[name]);
}
