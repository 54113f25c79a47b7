import type { Entry } from '../entry.js';
import type { Begun } from './answer-loader.js';
import type { CacheRoute } from './cache-route.js';
import type { ServedAs } from './cache-status.js';
import { announce, type CacheVerdict, type Exchange } from './exchange.js';
import { replayResponse, type Replay } from './replay-response.js';
import { notModifiedAs, representationOf } from './representation.js';
import { ageMs } from './reuse.js';
import type { HeaderList, StoredAnswer } from './stored-response.js';

/** What a 304 says of an answer. Source: RFC 9110 section 15.4.5. */
const NOT_MODIFIED_FIELDS: ReadonlySet<string> = new Set([
  'cache-control', 'content-location', 'date', 'etag', 'expires', 'vary',
]); // prettier-ignore

export type AnswerEntry = Pick<Entry<StoredAnswer>, 'value' | 'createdAt' | 'freshUntil'>;

/** How an answer came about, as its client is told. */
export interface Provenance {
  readonly served: ServedAs;
  readonly verdict: CacheVerdict;
}

export interface Serving extends Provenance {
  readonly entry: AnswerEntry;
  readonly now: number;
}

interface Place {
  readonly key: string;
  readonly route: CacheRoute;
}

export const servedAs = {
  /** The lifetime that is left is negative where a stale answer is served. Source: RFC 9211 section 2.3. */
  hit({ freshUntil }: AnswerEntry, now: number, { key, route }: Place): Provenance {
    const leftMs = freshUntil - now;
    const shown = route.policy.showKey ? { key } : {};
    const served = { kind: 'hit', ttlSeconds: Math.floor(leftMs / 1000), ...shown } as const;
    return { served, verdict: leftMs > 0 ? 'HIT' : 'STALE' };
  },

  /** Of one that this request waited for. */
  fetched(
    { fetched, isConfirmed }: Extract<Begun, { readonly kind: 'fetched' }>,
    now: number,
    place: Place,
  ): Provenance {
    const forward = { kind: 'forward', isStored: false } as const;
    if (fetched.stale === 'error' || fetched.stale === 'timeout')
      return {
        served: { ...forward, reason: 'stale', detail: 'stale-if-error' },
        verdict: 'STALE',
      };
    if (isConfirmed)
      return {
        served: { ...forward, reason: 'stale', isStored: true, detail: 'validated' },
        verdict: 'REVALIDATED',
      };
    if (fetched.origin === 'loaded')
      return { served: { ...forward, reason: 'uri-miss', isCollapsed: true }, verdict: 'HIT' };
    return servedAs.hit(fetched.entry as AnswerEntry, now, place);
  },
};

/**
 * Sends a stored answer to one client, in a coding that it accepts and under the conditions of its request.
 *
 * @returns what was handed to the layers below
 */
export function serveAnswer(
  { request, response, route }: Pick<Exchange, 'request' | 'response' | 'route'>,
  { entry, served, verdict, now }: Serving,
): Replay {
  const { status, removed, meta, downstream } = entry.value;
  if (removed) for (const name of removed) response.removeHeader(name);
  announce(response, served, verdict);
  response.setHeader('Age', Math.floor(ageMs(entry, meta, now) / 1000));
  if (downstream !== undefined) response.setHeader('Cache-Control', downstream);
  const had = notModifiedAs(request.headers, entry.value, route.policy);
  if (had) {
    const kept = notModifiedFields(had);
    return replayResponse(response, {
      status: 304,
      headers: kept,
      body: undefined,
      length: undefined,
    });
  }
  const { headers, body } = representationOf(
    entry.value,
    request.headers['accept-encoding'],
    route.policy,
  );
  const length = status === 204 ? undefined : body.length;
  const sent = request.method === 'HEAD' ? undefined : body;
  return replayResponse(response, { status, headers, body: sent, length, isPlain: route.isPlain });
}

/** Last-Modified only where there is no ETag to go by. */
function notModifiedFields(headers: HeaderList): HeaderList {
  const hasTag = headers.some(([name]) => name === 'etag');
  return headers.filter(
    ([name]) => NOT_MODIFIED_FIELDS.has(name) || (name === 'last-modified' && !hasTag),
  );
}
