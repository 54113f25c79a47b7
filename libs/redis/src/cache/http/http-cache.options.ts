import { parseDuration, type Duration } from '../../common/duration.js';
import { ConfigurationError } from '../../common/errors.js';
import type { QueryRule } from './query.js';
import type { RequestDirective } from './request-directives.js';
import type { Encoding } from './stored-response.js';

/** Where the life of an answer comes from that names none itself. */
export type FreshnessSource = 'ttl' | 'headers' | 'heuristic';

/** Rules of the HTTP cache, for all routes by `cache.http`, for some by `@CachePolicy`. */
export interface HttpCacheOptions {
  /** Query parameters that are part of the key; a name may end in `*`. Default `'all'`. */
  readonly query?: QueryRule;
  /** Request headers that are part of the key, such as `['Accept-Language']`. Default: none; those that an answer names in `Vary` are found out. */
  readonly vary?: readonly string[];
  /**
   * Life of an answer that names none itself: `'ttl'` that of the route; `'headers'` none, it is stale at
   * once; `'heuristic'` a tenth of the time since its Last-Modified, at most a day. Default `'ttl'`.
   */
  readonly freshness?: FreshnessSource;
  /** Which directives of a request's Cache-Control are honored. A public server may ignore them. Default: all. Source: RFC 9111 section 5.2.1. */
  readonly requestDirectives?: boolean | readonly RequestDirective[];
  /** Past its life, an answer is served at once for this long while it is refreshed. Default: never. Source: RFC 5861 section 3. */
  readonly staleWhileRevalidate?: Duration;
  /** Past its life, an answer is served for this long in place of a 500, 502, 503 or 504. Default: never. Source: RFC 5861 section 4. */
  readonly staleIfError?: Duration;
  /** How long past its life an answer with a validator is kept to be validated. Default `'1h'`. */
  readonly revalidateWithin?: Duration;
  /**
   * Cache-Control towards clients where the handler set none: a duration or `'ttl'` (max-age), `'revalidate'`
   * (no-cache) or `false` (no field). Default: `'ttl'` for `@CacheScope('public')` without tags, else `'revalidate'`.
   */
  readonly downstream?: Duration | 'ttl' | 'revalidate' | false;
  /** Targeted fields that count before Cache-Control, such as `['CDN-Cache-Control']`. Default: none. Source: RFC 9213. */
  readonly targeted?: readonly string[];
  /**
   * Names in Vary that middleware before the handler sets for itself. Others count for the key, since it may
   * have told the handler what it found there. Default `['Origin', 'Accept-Encoding']`.
   */
  readonly ignoreVary?: readonly string[];
  /**
   * Headers that say who asks, where a guard does not set `request.user`. Without `@CacheScope`, requests
   * with one go past the cache, as those with Authorization do. Default `['X-API-Key', 'X-Auth-Token']`.
   */
  readonly identityHeaders?: readonly string[];
  /** Cookies that do so, such as `['jwt']`. Sessions of this module need no name here. Default: none. */
  readonly identityCookies?: readonly string[];
  /** A successful POST, PUT, PATCH or DELETE ends what is stored under its path. Default true. Source: RFC 9111 section 4.4. */
  readonly invalidateOnUnsafe?: boolean;
  /** Content codings that stored answers are kept in, each made once, best first, such as `['br', 'gzip']`. Default: none. */
  readonly encodings?: readonly Encoding[];
  /** Shorter bodies are not compressed. Bytes, default 1024. */
  readonly encodingThreshold?: number;
  /** Names the key of the answer in Cache-Status, for development. Default false. */
  readonly showKey?: boolean;
}

/** Rules with everything filled in. Durations are milliseconds. */
export interface HttpCachePolicy {
  readonly query: QueryRule;
  readonly vary: readonly string[];
  readonly freshness: FreshnessSource;
  readonly requestDirectives: boolean | readonly RequestDirective[];
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  readonly revalidateWithinMs: number;
  readonly downstream: number | 'ttl' | 'revalidate' | false | undefined;
  readonly targeted: readonly string[];
  readonly ignoreVary: readonly string[];
  readonly identityHeaders: readonly string[];
  readonly identityCookies: readonly string[];
  readonly invalidateOnUnsafe: boolean;
  readonly encodings: readonly Encoding[];
  readonly encodingThreshold: number;
  readonly showKey: boolean;
}

const ENCODINGS: readonly Encoding[] = ['br', 'gzip'];
const IGNORED_VARY = ['origin', 'accept-encoding'];
const IDENTITY_HEADERS = ['x-api-key', 'x-auth-token'];
const FRESHNESS: readonly FreshnessSource[] = ['ttl', 'headers', 'heuristic'];

/** Fills in the defaults. @param path of the option in messages. @throws ConfigurationError that names the option */
export function resolveHttpPolicy(options: HttpCacheOptions, path: string): HttpCachePolicy {
  const ms = (
    name: 'staleWhileRevalidate' | 'staleIfError' | 'revalidateWithin',
    fallback: number,
  ): number => {
    const value = options[name];
    return value === undefined ? fallback : parseDuration(value, `${path}.${name}`);
  };
  return {
    query: options.query ?? 'all',
    vary: (options.vary ?? []).map((name) => name.toLowerCase()),
    freshness: oneOf(options.freshness ?? 'ttl', FRESHNESS, `${path}.freshness`),
    requestDirectives: options.requestDirectives ?? true,
    staleWhileRevalidateMs: ms('staleWhileRevalidate', 0),
    staleIfErrorMs: ms('staleIfError', 0),
    revalidateWithinMs: ms('revalidateWithin', 3_600_000),
    downstream: downstreamOf(options.downstream, path),
    targeted: (options.targeted ?? []).map((name) => name.toLowerCase()),
    ignoreVary: (options.ignoreVary ?? IGNORED_VARY).map((name) => name.toLowerCase()),
    identityHeaders: (options.identityHeaders ?? IDENTITY_HEADERS).map((name) =>
      name.toLowerCase(),
    ),
    identityCookies: options.identityCookies ?? [],
    invalidateOnUnsafe: options.invalidateOnUnsafe ?? true,
    encodings: (options.encodings ?? []).map((name) => oneOf(name, ENCODINGS, `${path}.encodings`)),
    encodingThreshold: threshold(options.encodingThreshold ?? 1024, path),
    showKey: options.showKey ?? false,
  };
}

function downstreamOf(
  downstream: HttpCacheOptions['downstream'],
  path: string,
): HttpCachePolicy['downstream'] {
  if (downstream === undefined || downstream === false) return downstream;
  if (downstream === 'ttl' || downstream === 'revalidate') return downstream;
  return parseDuration(downstream, `${path}.downstream`);
}

function oneOf<V extends string>(value: V, known: readonly V[], option: string): V {
  if (known.includes(value)) return value;
  throw new ConfigurationError(
    option,
    value,
    `Give one of ${known.map((one) => `'${one}'`).join(', ')}.`,
  );
}

function threshold(value: number, path: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ConfigurationError(`${path}.encodingThreshold`, value, 'Give a whole number of bytes.');
}
