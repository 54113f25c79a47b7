import type { CacheControl } from './cache-control.js';
import { expiry, initialAgeMs, heuristicMs } from './lifetime.js';
import { policyField, type CachePolicyField } from './targeted.js';

/** Who may share a stored answer. A function names the group of a request; undefined keeps it out of the cache. */
export type CacheScopeOption<Request = unknown> =
  'public' | 'user' | 'session' | ((request: Request) => string | undefined);

/** What the policy looks at in a request. Header names are in lower case. */
export interface RequestFacts {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** True when the request came with a session that holds anything. */
  readonly hasSession: boolean;
}

export type BypassReason =
  'method' | 'range' | 'upgrade' | 'precondition' | 'authorization' | 'session';

export type RequestDecision =
  { readonly kind: 'lookup' } | { readonly kind: 'bypass'; readonly reason: BypassReason };

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Conditions that are not for a cache to answer. Source: RFC 9111 section 4.3.2. */
const FOR_THE_ORIGIN = ['if-match', 'if-unmodified-since', 'if-range'];

/** May this request be answered from the cache? Without a declared scope, anything personal goes past it. */
export function decideRequest(
  request: RequestFacts,
  scope: CacheScopeOption<never> | undefined,
): RequestDecision {
  const { method, headers, hasSession } = request;
  if (!SAFE.has(method)) return { kind: 'bypass', reason: 'method' };
  if (headers.range !== undefined) return { kind: 'bypass', reason: 'range' };
  if (headers.upgrade !== undefined) return { kind: 'bypass', reason: 'upgrade' };
  if (FOR_THE_ORIGIN.some((name) => headers[name] !== undefined))
    return { kind: 'bypass', reason: 'precondition' };
  if (scope !== undefined) return { kind: 'lookup' };
  // RFC 9111 section 3.5.
  if (headers.authorization !== undefined) return { kind: 'bypass', reason: 'authorization' };
  return hasSession ? { kind: 'bypass', reason: 'session' } : { kind: 'lookup' };
}

/** What a route says about the answers of its handler. Lengths are milliseconds. */
export interface ResponsePolicy {
  /** Lifetime where the answer names none and `freshness` is `ttl`. */
  readonly ttlMs: number;
  /**
   * Where the lifetime comes from when the answer names none: the route's TTL; nowhere, so that it is
   * stale at once; or a tenth of the time since Last-Modified, at most a day (RFC 9111 section 4.2.2).
   */
  readonly freshness: 'ttl' | 'headers' | 'heuristic';
  /** Targeted fields, most applicable first (RFC 9213). */
  readonly targeted: readonly string[];
  /** RFC 5861; the answer's own directives win. */
  readonly staleWhileRevalidateMs?: number;
  readonly staleIfErrorMs?: number;
}

/** What the policy looks at in an answer. Times are milliseconds since the epoch. */
export interface ResponseFacts {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string | readonly string[]>;
  /** Names that the handler's side added to Vary, in lower case; with `*` where nothing can be selected. */
  readonly vary: readonly string[];
  readonly hasAuthorization: boolean;
  /** True when the route declares who shares the answer. */
  readonly hasScope: boolean;
  /** When the handler began; `createdAt` of the entry. */
  readonly requestedAt: number;
  /** When the head of the answer came. */
  readonly respondedAt: number;
}

/** What is kept of an answer's caching rules. Lengths are milliseconds. */
export interface StoredMeta {
  /** Whole freshness lifetime, from the origin on. */
  readonly lifetimeMs: number;
  /** Age at `requestedAt`: the corrected initial age of RFC 9111 section 4.2.3 without the delay, which `now - createdAt` holds. */
  readonly initialAgeMs: number;
  /** Never used stale: must-revalidate, proxy-revalidate, s-maxage. */
  readonly mustRevalidate: boolean;
  /** Validated before each use. */
  readonly noCache: boolean;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  readonly vary: readonly string[];
}

export type PassReason =
  | BypassReason
  | 'status'
  | 'set-cookie'
  | 'vary'
  | 'cache-control'
  | 'event-stream'
  | 'partial'
  | 'nonce';

export type ResponseDecision =
  | {
      readonly kind: 'store';
      readonly meta: StoredMeta;
      /** Fields not to store, in lower case: those of `private="f"` and `no-cache="f"`. */
      readonly omit: readonly string[];
    }
  | { readonly kind: 'pass'; readonly reason: PassReason };

/**
 * Final codes whose caching rules this cache knows: those of RFC 9110 section 15 but 206 and 304, and
 * 451. RFC 6585 forbids 428, 429, 431 and 511.
 */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 305, 307, 308,
  400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426,
  451, 500, 501, 502, 503, 504, 505,
]); // prettier-ignore

/** Without a lifetime of its own: no errors, one failure must not be served for minutes. */
const UNDER_THE_TTL: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308]);

/** Source: RFC 9110 section 15.1. */
const HEURISTICALLY_CACHEABLE: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/** May this answer be stored for others, and for how long? Source: RFC 9111 section 3. */
export function decideResponse(facts: ResponseFacts, policy: ResponsePolicy): ResponseDecision {
  const field = policyField(facts.headers, policy.targeted);
  const omit = omittedFields(field.directives);
  const reason = forbiddenByContent(facts, omit) ?? forbiddenByDirectives(facts, field.directives);
  if (reason) return { kind: 'pass', reason };
  const lifetimeMs = lifetimeOf(facts, policy, field);
  if (lifetimeMs === undefined) return { kind: 'pass', reason: 'status' };
  const meta = metaOf(facts, policy, field.directives, lifetimeMs);
  return isUseful(facts, meta)
    ? { kind: 'store', meta, omit }
    : { kind: 'pass', reason: 'cache-control' };
}

function omittedFields(directives: CacheControl): readonly string[] {
  return [
    ...new Set([...(directives.fields('private') ?? []), ...(directives.fields('no-cache') ?? [])]),
  ];
}

function forbiddenByContent(
  { status, headers, vary }: ResponseFacts,
  omit: readonly string[],
): PassReason | undefined {
  if (!UNDERSTOOD.has(status)) return 'status';
  // A cookie that the answer itself names as one visitor's does not make the rest his.
  if (headers.has('set-cookie') && !omit.includes('set-cookie')) return 'set-cookie';
  if (vary.includes('*') || text(headers, 'vary').split(',').some(isAsterisk)) return 'vary';
  if (headers.has('content-range')) return 'partial';
  if (/^\s*text\/event-stream\b/i.test(text(headers, 'content-type'))) return 'event-stream';
  return hasNonce(headers) ? 'nonce' : undefined;
}

function forbiddenByDirectives(
  { hasAuthorization, hasScope }: ResponseFacts,
  directives: CacheControl,
): PassReason | undefined {
  // Section 5.2.2.3: must-understand lifts no-store for a status whose rules are known, as all here are.
  const isNoStore = directives.has('no-store') && !directives.has('must-understand');
  const isPrivate = directives.fields('private')?.length === 0;
  if (directives.isMalformed || isNoStore || isPrivate) return 'cache-control';
  // Section 3.5.
  const isShareable = ['public', 's-maxage', 'must-revalidate'].some((name) =>
    directives.has(name),
  );
  return hasAuthorization && !hasScope && !isShareable ? 'authorization' : undefined;
}

/** Undefined when the answer names no lifetime and its status gets none. Source: RFC 9111 section 4.2.1. */
function lifetimeOf(
  { status, headers, respondedAt }: ResponseFacts,
  { freshness, ttlMs }: ResponsePolicy,
  { directives, isTargeted }: CachePolicyField,
): number | undefined {
  const explicit =
    directives.durationMs('s-maxage') ??
    directives.durationMs('max-age') ??
    (isTargeted ? undefined : expiry(headers, respondedAt));
  if (explicit !== undefined) return explicit;
  if (freshness === 'ttl') return UNDER_THE_TTL.has(status) ? ttlMs : undefined;
  // Section 4.2.2.
  if (!HEURISTICALLY_CACHEABLE.has(status) && !directives.has('public')) return undefined;
  return freshness === 'heuristic' ? heuristicMs(headers, respondedAt) : 0;
}

function metaOf(
  facts: ResponseFacts,
  policy: ResponsePolicy,
  directives: CacheControl,
  lifetimeMs: number,
): StoredMeta {
  const mustRevalidate = ['must-revalidate', 'proxy-revalidate', 's-maxage'].some((name) =>
    directives.has(name),
  );
  const noCache = directives.fields('no-cache')?.length === 0;
  // Section 4.2.4: no configuration overrides these.
  const window = (name: string, configured = 0): number =>
    mustRevalidate || noCache ? 0 : (directives.durationMs(name) ?? configured);
  return {
    lifetimeMs,
    initialAgeMs: initialAgeMs(facts.headers, facts.requestedAt, facts.respondedAt),
    mustRevalidate,
    noCache,
    staleWhileRevalidateMs: window('stale-while-revalidate', policy.staleWhileRevalidateMs),
    staleIfErrorMs: window('stale-if-error', policy.staleIfErrorMs),
    vary: facts.vary,
  };
}

/** Useful is what is fresh for a while, may be used stale, or can be validated. */
function isUseful({ headers }: ResponseFacts, meta: StoredMeta): boolean {
  const usableMs =
    meta.lifetimeMs +
    Math.max(meta.staleWhileRevalidateMs, meta.staleIfErrorMs) -
    meta.initialAgeMs;
  return usableMs > 0 || meta.noCache || headers.has('etag') || headers.has('last-modified');
}

/** Made for one request: a stored copy would let a script of another one run. */
function hasNonce(headers: ResponseFacts['headers']): boolean {
  return ['content-security-policy', 'content-security-policy-report-only'].some((name) =>
    /'nonce-/i.test(text(headers, name)),
  );
}

function isAsterisk(member: string): boolean {
  return member.trim() === '*';
}

function text(headers: ResponseFacts['headers'], name: string): string {
  const value = headers.get(name) ?? '';
  return typeof value === 'string' ? value : value.join(', ');
}
