import { SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Duration } from '../../common/duration.js';
import type { CacheScopeOption } from '../http/http-cache-policy.js';

/** The names of `@nestjs/cache-manager`, so that its decorators and ours read the same. */
export const CACHE_KEY_METADATA = 'cache_module:cache_key';
/** Metadata key of `@CacheTTL`, that of @nestjs/cache-manager. */
export const CACHE_TTL_METADATA = 'cache_module:cache_ttl';
export const CACHE_TAGS_METADATA = 'nestjs-redis-kit:cache-tags';
export const INVALIDATE_TAGS_METADATA = 'nestjs-redis-kit:invalidate-tags';
export const CACHE_SCOPE_METADATA = 'nestjs-redis-kit:cache-scope';
export const NO_CACHE_METADATA = 'nestjs-redis-kit:no-cache';

/** For `@CacheKey`: names the answer of a request. Undefined: this request is not cached. */
export type CacheKeyFactory = (
  context: ExecutionContext,
) => string | undefined | Promise<string | undefined>;
/** For `@CacheTTL`: the life of the answer of a request, in milliseconds or as text such as `'5m'`. */
export type CacheTTLFactory = (context: ExecutionContext) => Duration | Promise<Duration>;
/** For `@CacheTags` and `@InvalidateTags`: the tags of a request. */
export type CacheTagsFactory = (request: Request) => readonly string[];

type MethodAndClass = CustomDecorator;

/**
 * Adds a name to the key of a route's answers. It never replaces the rest of the key (host, path,
 * query, scope), so two URLs or two users never share an answer through it.
 *
 * @param key text, or a function of the context; undefined from it keeps the request out of the cache
 */
export function CacheKey(key: string | CacheKeyFactory): MethodAndClass {
  return SetMetadata(CACHE_KEY_METADATA, key);
}

/** Life of a route's answers: `'10m'`, milliseconds, or a function of the context. Default: the option `cache.ttl`. */
export function CacheTTL(ttl: Duration | CacheTTLFactory): MethodAndClass {
  return SetMetadata(CACHE_TTL_METADATA, ttl);
}

/** Tags of a route's answers, as text or as a function of the request. */
export function CacheTags(...tags: (string | CacheTagsFactory)[]): MethodAndClass {
  return SetMetadata(CACHE_TAGS_METADATA, tags);
}

/** After the handler succeeded, and before its answer goes out: invalidates tags on every node. */
export function InvalidateTags(...tags: (string | CacheTagsFactory)[]): MethodAndClass {
  return SetMetadata(INVALIDATE_TAGS_METADATA, tags);
}

/**
 * Declares who shares a route's answers: `'public'` everybody, `'user'` each user by `session.userId`
 * or `request.user.id`, `'session'` each session, or a function that names the group. Without it, a
 * request with an Authorization header or a session goes past the cache.
 */
export function CacheScope(scope: CacheScopeOption<Request>): MethodAndClass {
  return SetMetadata(CACHE_SCOPE_METADATA, scope);
}

/** Keeps a route, or a whole controller, out of the cache. */
export function NoCache(): MethodAndClass {
  return SetMetadata(NO_CACHE_METADATA, true);
}
