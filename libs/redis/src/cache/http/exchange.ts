import type { ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Entry } from '../entry.js';
import type { CacheRoute } from './cache-route.js';
import { cacheStatus, type ServedAs } from './cache-status.js';
import type { RequestDirectives } from './request-directives.js';
import type { HttpCachePolicy } from './http-cache.options.js';
import { hasSession, isIdentified } from './request-identity.js';
import type { RequestFacts } from './http-cache-policy.js';
import type { Replay } from './replay-response.js';
import type { StoredAnswer } from './stored-response.js';

/** One request with what its route and its directives say. */
export interface Exchange {
  readonly context: ExecutionContext;
  readonly request: Request;
  readonly response: Response;
  readonly route: CacheRoute;
  readonly directives: RequestDirectives;
  /** By the clock of the cache. */
  readonly arrivedAt: number;
  /** True on a fast-lane route where no subclass of the interceptor decides what is cached, or by which key. */
  readonly hasPlainKey: boolean;
}

/** A hit from memory, as it was handed to the layers below. */
export interface ServedHit {
  readonly exchange: Exchange;
  /** Key of the resource; that of the entry may be one of its variants. */
  readonly primary: string;
  /** Key of the entry. */
  readonly key: string;
  readonly entry: Entry<StoredAnswer>;
  readonly served: ServedAs;
  readonly replay: Replay;
}

/** Told how requests for stored answers go. */
export interface AnswerWatcher {
  /** Each hit from memory, when it has been sent. */
  hit(hit: ServedHit): void;
  /** Each request that memory did not answer. */
  miss(exchange: Exchange, primary: string): void;
}

export function factsOf(
  request: Request,
  policy: Pick<HttpCachePolicy, 'identityHeaders' | 'identityCookies'>,
): RequestFacts {
  const { method, headers } = request;
  return { method, headers, hasSession: hasSession(request) || isIdentified(request, policy) };
}

export type CacheVerdict = 'HIT' | 'MISS' | 'STALE' | 'REVALIDATED' | 'BYPASS';

/** Says how the request was answered, for standard readers and for those who know X-Cache. */
export function announce(response: Response, served: ServedAs, verdict: CacheVerdict): void {
  if (response.headersSent) return;
  // A cache in front of the origin that the handler asked may have said its part: ours comes behind it.
  const earlier = response.getHeader('Cache-Status');
  const own = cacheStatus(served);
  response.setHeader('Cache-Status', earlier === undefined ? own : `${String(earlier)}, ${own}`);
  response.setHeader('X-Cache', verdict);
}
