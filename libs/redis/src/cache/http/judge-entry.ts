import type { Entry } from '../entry.js';
import type { Freshness } from '../freshness.js';
import type { Exchange } from './exchange.js';
import { NO_DIRECTIVES } from './request-directives.js';
import { reuse } from './reuse.js';
import type { StoredAnswer, StoredResponse } from './stored-response.js';

export function isAnswer(entry: Entry<StoredResponse> | undefined): entry is Entry<StoredAnswer> {
  return entry?.value.kind === 'answer';
}

const FRESHNESS = {
  fresh: 'fresh',
  'allowed-stale': 'fresh',
  stale: 'stale',
  'revalidate-or-error': 'grace',
  revalidate: 'kept',
} as const satisfies Record<ReturnType<typeof reuse>, Freshness>;

/** What an entry is good for in the eyes of this request. */
export function judgeEntry(
  { directives, arrivedAt }: Pick<Exchange, 'directives' | 'arrivedAt'>,
  entry: Entry<StoredResponse>,
  now: number,
): Freshness {
  if (now >= entry.expiresAt) return 'expired';
  // An index says which variant to look at, stale or not: a stale one can still be validated.
  if (!isAnswer(entry)) return 'fresh';
  // A request that wants no stored answer takes one whose load began after it came.
  if (directives.noCache && entry.createdAt >= arrivedAt)
    return FRESHNESS[reuse(entry, entry.value.meta, NO_DIRECTIVES, now)];
  return FRESHNESS[reuse(entry, entry.value.meta, directives, now)];
}
