import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, mergeMap, of, type Observable } from 'rxjs';
import type { Cache } from '../cache.js';
import type { Entry } from '../entry.js';
import { HTTP_CACHE, HTTP_CACHE_OPTIONS } from '../cache.tokens.js';
import type { ResolvedCacheOptions } from '../cache.options.js';
import { parseDuration } from '../../common/duration.js';
import { cacheKey } from './cache-key.js';
import { CacheRoutes, tagsOf, type CacheRoute } from './cache-route.js';
import { cacheStatus, type ServedAs } from './cache-status.js';
import {
  decideRequest,
  decideResponse,
  type PassReason,
  type ResponseFacts,
} from './http-cache-policy.js';
import { replayResponse } from './replay-response.js';
import { hasSession, scopeOf } from './request-identity.js';
import { recordResponse } from './response-recorder.js';
import type { StoredResponse } from './stored-response.js';

interface Exchange {
  readonly context: ExecutionContext;
  readonly request: Request;
  readonly response: Response;
  readonly route: CacheRoute;
}

/** Requests that an interceptor has taken on: a second one on the same route, from a wider scope, lets them pass. */
const taken = new WeakSet<Request>();

/**
 * Answers GET and HEAD from stored responses, and stores what handlers send: status, headers and
 * bytes after all serialization. Guards have run by then. What is not for sharing is denied by default:
 * see `@CacheScope`. Other contexts than HTTP pass through.
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor {
  protected readonly allowedMethods: readonly string[] = ['GET', 'HEAD'];
  readonly #routes: CacheRoutes;

  constructor(
    @Inject(HTTP_CACHE) protected readonly cache: Cache<StoredResponse>,
    @Inject(HTTP_CACHE_OPTIONS) private readonly options: ResolvedCacheOptions,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#routes = new CacheRoutes(reflector);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const exchange = {
      context,
      request: http.getRequest<Request>(),
      response: http.getResponse<Response>(),
      route: this.#routes.of(context),
    };
    if (exchange.route.isOff || taken.has(exchange.request)) return next.handle();
    taken.add(exchange.request);
    if (!this.isRequestCacheable(context)) return this.#invalidateAfter(exchange, next);
    const decision = decideRequest(factsOf(exchange.request), exchange.route.scope);
    const key = decision.kind === 'lookup' ? await this.trackBy(context) : undefined;
    if (key === undefined) {
      const detail = decision.kind === 'bypass' ? decision.reason : undefined;
      announce(exchange.response, { kind: 'forward', reason: 'bypass', isStored: false, detail });
      return next.handle();
    }
    return this.#answer(exchange, key, next);
  }

  /**
   * Key of the request; undefined keeps it out of the cache. An override that calls `super` and adds
   * to its result stays safe.
   */
  protected async trackBy(context: ExecutionContext): Promise<string | undefined> {
    const request = context.switchToHttp().getRequest<Request>();
    const { key, scope } = this.#routes.of(context);
    const group = scopeOf(request, scope);
    const custom = typeof key === 'function' ? await key(context) : key;
    if (group === undefined || (key !== undefined && custom === undefined)) return undefined;
    const { protocol, originalUrl: target } = request;
    // As Express sees it: behind a trusted proxy, tenants differ by X-Forwarded-Host.
    const host = request.host ?? '';
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    return cacheKey({ protocol, host, target, handler, custom, scope: group });
  }

  /** True for the methods that are answered from the cache. */
  protected isRequestCacheable(context: ExecutionContext): boolean {
    return this.allowedMethods.includes(context.switchToHttp().getRequest<Request>().method);
  }

  /** Serves the stored response, or lets the handler answer and records it; requests that come meanwhile wait for it. */
  async #answer(exchange: Exchange, key: string, next: CallHandler): Promise<Observable<unknown>> {
    const { request, response, route, context } = exchange;
    const routeTtl = typeof route.ttl === 'function' ? await route.ttl(context) : route.ttl;
    const ttlMs =
      routeTtl === undefined ? this.options.ttlMs : parseDuration(routeTtl, '@CacheTTL');
    // A HEAD has no body to store, so it looks and does not load.
    const found =
      request.method === 'HEAD'
        ? (await this.cache.find(key))?.entry
        : await this.#fetch(exchange, key, ttlMs);
    if (found === 'handle') return next.handle();
    if (!found) {
      announce(response, { kind: 'forward', reason: 'uri-miss', isStored: false });
      return next.handle();
    }
    this.#serve(request, response, found);
    return of(undefined);
  }

  /** @returns the entry, `handle` when this request is the one that loads, undefined when the answer was not for sharing */
  #fetch(
    { request, response, route }: Exchange,
    key: string,
    ttlMs: number,
  ): Promise<Entry<StoredResponse> | 'handle' | undefined> {
    return new Promise((resolve, reject) => {
      const fetched = this.cache.fetch(
        key,
        async ({ setTtl, skip }) => {
          const recorded = this.#record({ request, response, route }, ttlMs, setTtl);
          resolve('handle');
          const stored = await recorded;
          if (!stored) skip();
          return stored as StoredResponse;
        },
        { ttl: ttlMs, tags: tagsOf(route.tags, request) },
      );
      fetched.then(({ entry }) => resolve(entry), reject);
    });
  }

  #record(
    { request, response, route }: Omit<Exchange, 'context'>,
    ttlMs: number,
    setTtl: (ttlMs: number) => void,
  ): Promise<StoredResponse | undefined> {
    return recordResponse(response, {
      maxBodyBytes: this.options.maxEntryBytes,
      allowsCookieBelow: route.scope !== undefined,
      onHead: (status, headers) => {
        const decision = this.#decide(request, route, { status, headers }, ttlMs);
        const isStored = decision.kind === 'store';
        if (isStored) setTtl(decision.ttlMs);
        announce(response, {
          kind: 'forward',
          reason: 'uri-miss',
          isStored,
          detail: isStored ? undefined : decision.reason,
        });
        return isStored;
      },
    });
  }

  /** Looks at the request again: the handler may have begun a session for this visitor. */
  #decide(
    request: Request,
    route: CacheRoute,
    response: Pick<ResponseFacts, 'status' | 'headers'>,
    ttlMs: number,
  ): { kind: 'store'; ttlMs: number } | { kind: 'pass'; reason: PassReason } {
    const again = decideRequest(factsOf(request), route.scope);
    if (again.kind === 'bypass') return { kind: 'pass', reason: again.reason };
    if (response.headers.has('vary')) return { kind: 'pass', reason: 'vary' };
    const now = this.cache.clock.now();
    const decision = decideResponse(
      {
        ...response,
        vary: [],
        hasAuthorization: request.headers.authorization !== undefined,
        hasScope: route.scope !== undefined,
        requestedAt: now,
        respondedAt: now,
      },
      { ttlMs, freshness: 'ttl', targeted: [] },
    );
    if (decision.kind === 'pass') return decision;
    const { noCache, lifetimeMs, initialAgeMs } = decision.meta;
    const freshMs = noCache || decision.omit.length > 0 ? 0 : lifetimeMs - initialAgeMs;
    return freshMs > 0
      ? { kind: 'store', ttlMs: freshMs }
      : { kind: 'pass', reason: 'cache-control' };
  }

  #serve(request: Request, response: Response, entry: Entry<StoredResponse>): void {
    const now = this.cache.clock.now();
    const ttlSeconds = Math.max(0, Math.floor((entry.freshUntil - now) / 1000));
    announce(response, { kind: 'hit', ttlSeconds });
    response.setHeader('Age', Math.max(0, Math.floor((now - entry.createdAt) / 1000)));
    replayResponse(request, response, entry.value);
  }

  /** Runs the handler and, if it succeeded, invalidates before the answer goes out: whoever reads it sees the new state. */
  #invalidateAfter({ request, response, route }: Exchange, next: CallHandler): Observable<unknown> {
    announce(response, { kind: 'forward', reason: 'method', isStored: false });
    if (route.invalidates.length === 0) return next.handle();
    return next.handle().pipe(
      mergeMap((value) => {
        if (response.statusCode >= 400) return of(value);
        return from(
          this.cache.invalidateTags(tagsOf(route.invalidates, request)).then(() => value),
        );
      }),
    );
  }
}

function factsOf(request: Request): Parameters<typeof decideRequest>[0] {
  return { method: request.method, headers: request.headers, hasSession: hasSession(request) };
}

function announce(response: Response, served: ServedAs): void {
  if (response.headersSent) return;
  response.setHeader('Cache-Status', cacheStatus(served));
  response.setHeader('X-Cache', served.kind === 'hit' ? 'HIT' : 'MISS');
}
