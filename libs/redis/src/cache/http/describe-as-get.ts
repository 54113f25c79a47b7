import { mayBeEncoded } from './content-coding.js';
import type { Exchange } from './exchange.js';
import { judge } from './judgement.js';
import { isLongEnough } from './representation.js';
import { scopeOf } from './request-identity.js';
import { madeByExpress, ResponseCapture, type AnswerHead } from './response-capture.js';
import { routeCacheControl } from './route-cache-control.js';
import type { StoredMeta } from './http-cache-policy.js';

/**
 * Gives what the handler answers to a HEAD the fields that a GET would get. Without the bytes there is no
 * ETag of them, so none is sent: the one that Express makes is not the one that a GET gets.
 * Source: RFC 9110 section 9.3.2.
 */
export function describeAsGet(
  exchange: Exchange,
  { ttlMs, now }: { readonly ttlMs: number; readonly now: () => number },
): void {
  const { request, response, route } = exchange;
  const group = scopeOf(request, route.scope);
  const load = { exchange, stale: undefined, startedAt: now(), ttlMs, group };
  void new ResponseCapture(response, {
    maxBodyBytes: 0,
    abandonAfterMs: 0,
    allowsCookieBelow: true,
    onHead: (head) => {
      const judgement = judge({ ...load, now: now() }, head);
      if (judgement.kind === 'store') describe(exchange, head, judgement.meta);
      return { kind: 'pass' };
    },
  });
}

function describe(
  { response, route }: Exchange,
  { status, headers }: AnswerHead,
  meta: StoredMeta,
): void {
  const field = headers.get('content-length');
  const length = field === undefined ? undefined : Number(field);
  if (length !== undefined && madeByExpress(headers.get('etag'), length))
    response.removeHeader('ETag');
  const cacheControl = routeCacheControl(route, headers, meta);
  if (cacheControl !== undefined) response.setHeader('Cache-Control', cacheControl);
  const isEncodable = mayBeEncoded({ status, headers: [...headers], meta });
  if (isEncodable && isLongEnough(length, route.policy)) response.vary('Accept-Encoding');
}
