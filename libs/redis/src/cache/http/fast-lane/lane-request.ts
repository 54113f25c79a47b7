import type { IncomingHttpHeaders } from 'node:http';

/** What the lane looks at in a request. */
export interface LaneRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers: IncomingHttpHeaders;
  readonly isEncrypted: boolean;
}

export interface LaneKeyOptions {
  /** Headers that select the handler, in lower case: versions by header. */
  readonly selectors: readonly string[];
  /** Does Express believe the X-Forwarded fields of this connection? */
  readonly trusts: () => boolean;
}

/**
 * Fields of requests that take the normal way: personal ones, those of CORS, conditions that a cache
 * does not answer (RFC 9111 section 4.3.2), and whatever asks for more than the stored answer.
 */
const NORMAL_WAY = [
  'authorization', 'origin', 'range', 'if-match', 'if-unmodified-since', 'if-range', 'upgrade', 'expect',
  'content-length', 'transfer-encoding',
] as const; // prettier-ignore

/**
 * Tells request targets apart by all that decides on the key of the answer; undefined for a request that
 * takes the normal way. Parts are parted by line breaks, which no part can hold.
 */
export function laneKey(
  { method, url, headers, isEncrypted }: LaneRequest,
  { selectors, trusts }: LaneKeyOptions,
): string | undefined {
  if ((method !== 'GET' && method !== 'HEAD') || url === undefined) return undefined;
  for (const name of NORMAL_WAY) if (headers[name] !== undefined) return undefined;
  let key = `${method}${isEncrypted ? 's' : ''}\n${headers.host ?? ''}\n${url}`;
  const host = headers['x-forwarded-host'];
  const protocol = headers['x-forwarded-proto'];
  if ((host !== undefined || protocol !== undefined) && trusts())
    key += `\nvia ${String(protocol ?? '')}\n${String(host ?? '')}`;
  for (const name of selectors) key += `\n${String(headers[name] ?? '')}`;
  return key;
}

/** Does the request tell caches what to do? */
export function hasDirectives(headers: IncomingHttpHeaders): boolean {
  return headers['cache-control'] !== undefined || headers.pragma !== undefined;
}

/**
 * True when a field is as the client sent it. Middleware may have rewritten it, from a cookie say; the
 * lane sees no more than what the client sent. Several lines of one field count as rewritten.
 *
 * @param name in lower case
 */
export function isAsSent(
  name: string,
  {
    headers,
    rawHeaders,
  }: Pick<LaneRequest, 'headers'> & { readonly rawHeaders: readonly string[] },
): boolean {
  const sent = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  );
  return sent.length < 2 && sent[0] === headers[name];
}
