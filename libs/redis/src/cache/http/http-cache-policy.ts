import { lifetimeMs, parseCacheControl } from './cache-control.js';

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

export type BypassReason = 'method' | 'range' | 'upgrade' | 'authorization' | 'session';

export type RequestDecision =
  { readonly kind: 'lookup' } | { readonly kind: 'bypass'; readonly reason: BypassReason };

const SAFE = new Set(['GET', 'HEAD']);

/** May this request be answered from the cache? Without a declared scope, anything personal goes past it. */
export function decideRequest(
  request: RequestFacts,
  scope: CacheScopeOption<never> | undefined,
): RequestDecision {
  if (!SAFE.has(request.method)) return { kind: 'bypass', reason: 'method' };
  if (request.headers.range !== undefined) return { kind: 'bypass', reason: 'range' };
  if (request.headers.upgrade !== undefined) return { kind: 'bypass', reason: 'upgrade' };
  if (scope !== undefined) return { kind: 'lookup' };
  // RFC 9111 section 3.5.
  if (request.headers.authorization !== undefined)
    return { kind: 'bypass', reason: 'authorization' };
  return request.hasSession ? { kind: 'bypass', reason: 'session' } : { kind: 'lookup' };
}

export interface ResponseFacts {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string | readonly string[]>;
}

export type ResponseDecision =
  | { readonly kind: 'store'; readonly ttlMs: number }
  | { readonly kind: 'pass'; readonly reason: PassReason };

export type PassReason =
  BypassReason | 'status' | 'set-cookie' | 'vary' | 'cache-control' | 'event-stream' | 'partial';

/** Final and cacheable by default (RFC 9110 section 15.1), without errors: one failure must not be served for minutes. */
const STORED_STATUS = new Set([200, 203, 204, 300, 301, 308]);

/** May this response be stored for others, and for how long? */
export function decideResponse(
  { status, headers }: ResponseFacts,
  routeTtlMs: number,
): ResponseDecision {
  if (!STORED_STATUS.has(status)) return { kind: 'pass', reason: 'status' };
  if (headers.has('set-cookie')) return { kind: 'pass', reason: 'set-cookie' };
  if (headers.has('vary')) return { kind: 'pass', reason: 'vary' };
  if (headers.has('content-range')) return { kind: 'pass', reason: 'partial' };
  if (text(headers.get('content-type')).startsWith('text/event-stream'))
    return { kind: 'pass', reason: 'event-stream' };
  const directives = parseCacheControl(text(headers.get('cache-control')));
  const isForbidden = ['no-store', 'private', 'no-cache'].some((name) => directives.has(name));
  const ttlMs = lifetimeMs(directives) ?? routeTtlMs;
  return isForbidden || ttlMs === 0
    ? { kind: 'pass', reason: 'cache-control' }
    : { kind: 'store', ttlMs };
}

function text(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(', ');
}
