import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { fieldOf, type StoredAnswer } from './stored-response.js';

const CONDITIONS = ['if-none-match', 'if-modified-since'] as const;

/** What the cache asks the handler by, to learn whether a stored answer still holds. Source: RFC 9111 section 4.3.1. */
export function conditionsOf(answer: StoredAnswer | undefined): IncomingHttpHeaders {
  if (!answer) return {};
  const etag = fieldOf(answer, 'etag');
  const lastModified = fieldOf(answer, 'last-modified');
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

/**
 * Shows the handler these conditions in place of the client's: it is asked for the whole answer, or about
 * the stored one. The client's own are judged on the way out.
 *
 * @returns puts the client's back
 */
export function withConditions(
  request: IncomingMessage,
  conditions: IncomingHttpHeaders,
): () => void {
  const own = CONDITIONS.map((name) => [name, request.headers[name]] as const);
  for (const name of CONDITIONS) delete request.headers[name];
  Object.assign(request.headers, conditions);
  return () => {
    for (const [name, value] of own) {
      if (value === undefined) delete request.headers[name];
      else request.headers[name] = value;
    }
  };
}
