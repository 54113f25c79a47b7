import type { EntryCache } from '../entry-cache.js';
import { tagGeneration } from '../entry.js';
import { tagsOf } from './cache-route.js';
import type { Exchange } from './exchange.js';
import { holdResponse } from './response-hold.js';
import type { StoredResponse } from './stored-response.js';
import { changedGenerations } from './url-generation.js';

/** Source: RFC 9110 section 9.2.1. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Ends what a successful request made outdated, before its answer goes out: whoever has the answer reads
 * the new state. That is the path of an unsafe request and what its answer points to (RFC 9111 section
 * 4.4), and the tags of `@InvalidateTags`, whatever the method.
 *
 * @returns true when `@InvalidateTags` makes the handler one that changes something
 */
export function invalidateWithAnswer(
  answers: EntryCache<StoredResponse>,
  { request, response, route }: Exchange,
): boolean {
  // Asked before the handler runs, so that a mistake in them is an error before anything has changed.
  const isSafe = SAFE.has(request.method);
  if (isSafe && route.invalidatesOnRead.length === 0) return false;
  const named = isSafe ? route.invalidatesOnRead : route.invalidates;
  const tags = tagsOf(named, request).map(tagGeneration);
  const changesPath = !isSafe && route.policy.invalidateOnUnsafe;
  if (tags.length === 0 && !changesPath) return false;
  holdResponse(response, (status) => {
    if (status >= 400) return undefined;
    const paths = changesPath ? pathsOf(request, response) : [];
    return answers
      .invalidate([...new Set([...tags, ...paths])])
      .catch((error: unknown) => answers.report('invalidate', error));
  });
  return named.length > 0;
}

function pathsOf(request: Exchange['request'], response: Exchange['response']): string[] {
  const field = (name: string): string | undefined => {
    const value = response.getHeader(name);
    return value === undefined ? undefined : String(value);
  };
  return changedGenerations({
    origin: `${request.protocol}://${request.host ?? ''}`,
    target: request.originalUrl,
    location: field('location'),
    contentLocation: field('content-location'),
  });
}
