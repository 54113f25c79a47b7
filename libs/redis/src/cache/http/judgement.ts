import { isPersonal } from '../../common/personal-answer.js';
import { factsOf, type Exchange } from './exchange.js';
import { freshenHeaders, identifies } from './freshen.js';
import type { HttpCachePolicy } from './http-cache.options.js';
import { decideRequest, decideResponse, type StoredMeta } from './http-cache-policy.js';
import type { AnswerHead } from './response-capture.js';
import { scopeOf } from './request-identity.js';
import { reuse } from './reuse.js';
import type { AnswerEntry } from './serve-answer.js';
import type { HeaderList, StoredAnswer } from './stored-response.js';
import { varyNames } from './vary.js';
import { storableFields, type Headers } from './wire.js';

/** What the head of a handler's answer means for the cache. */
export type Judgement =
  | {
      readonly kind: 'store';
      readonly meta: StoredMeta;
      /** Fields that are not stored. */
      readonly omit: readonly string[];
    }
  /** The handler confirmed what is stored. */
  | {
      readonly kind: 'not-modified';
      readonly answer: StoredAnswer;
      /** False when it said at the same time that others are not to get it any more. */
      readonly isStored: boolean;
    }
  /** The handler failed, and what is stored may stand in. */
  | { readonly kind: 'failed'; readonly status: number }
  | { readonly kind: 'pass'; readonly reason: string };

export interface JudgedLoad {
  readonly exchange: Exchange;
  readonly stale: AnswerEntry | undefined;
  /** When the handler began, and now; by the clock of the cache. */
  readonly startedAt: number;
  readonly now: number;
  readonly ttlMs: number;
  /** Who shares the answer, as it was before the handler ran. */
  readonly group: string | undefined;
}

/** Statuses that a stale answer may stand in for. Source: RFC 5861 section 4. */
const FAILURES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

export function judge(load: JudgedLoad, head: AnswerHead): Judgement {
  const { exchange, stale, now } = load;
  const { request, route, directives } = exchange;
  const { status, headers, before } = head;
  if (status === 304) return judgeNotModified(load, head);
  const standsIn =
    stale && reuse(stale, stale.value.meta, directives, now) === 'revalidate-or-error';
  if (standsIn && FAILURES.has(status)) return { kind: 'failed', status };
  if (isPersonal(request)) return { kind: 'pass', reason: 'personal' };
  // Looks at the request again: the handler may have begun a session for this visitor.
  const again = decideRequest(factsOf(request, route.policy), route.scope);
  if (again.kind === 'bypass') return { kind: 'pass', reason: again.reason };
  // Or made him somebody else.
  if (scopeOf(request, route.scope) !== load.group) return { kind: 'pass', reason: 'session' };
  const vary = varyingFields(route.policy, before.get('vary'), headers.get('vary'));
  const decision = decide(load, { status, headers, vary });
  if (decision.kind === 'pass') return decision;
  // To be validated before each use, and nothing to validate it by.
  const isUseless =
    decision.meta.noCache &&
    !headers.has('etag') &&
    !headers.has('last-modified') &&
    !route.validator;
  return isUseless ? { kind: 'pass', reason: 'cache-control' } : decision;
}

/**
 * What the handler's side named, and what middleware before it did: it may have told the handler what it
 * found there. Only what middleware is known to use for itself does not count.
 */
function varyingFields(
  policy: HttpCachePolicy,
  before: string | readonly string[] | undefined,
  after: string | readonly string[] | undefined,
): readonly string[] {
  const all = varyNames(undefined, after);
  const added = varyNames(before, after);
  if (all === '*' || added === '*') return ['*'];
  return all.filter(
    (name) =>
      !policy.vary.includes(name) && (added.includes(name) || !policy.ignoreVary.includes(name)),
  );
}

/** Only a 304 that answers our own conditions speaks of what is stored. */
function judgeNotModified(load: JudgedLoad, { before, headers }: AnswerHead): Judgement {
  const { stale } = load;
  const update = storableFields(before, headers);
  if (!stale || !identifies(update, stale.value.headers)) return { kind: 'pass', reason: 'status' };
  const answer = confirmed(load, before, update);
  if (answer) return { kind: 'not-modified', answer, isStored: true };
  // The client may have asked without a condition: it gets the answer once more.
  const fresh = freshenHeaders(stale.value.headers, update);
  return { kind: 'not-modified', answer: { ...stale.value, headers: fresh }, isStored: false };
}

/**
 * What is stored, after it was confirmed to be current.
 *
 * @param before fields that the route has on each response
 * @param update fields that came with the confirmation
 * @returns undefined when it is not to be stored any more
 */
export function confirmed(
  load: JudgedLoad,
  before: Headers,
  update: HeaderList,
): StoredAnswer | undefined {
  const { stale } = load;
  if (!stale) return undefined;
  const { status, headers: stored, removed = [], meta } = stale.value;
  const headers = freshenHeaders(stored, update);
  const all = new Map([...[...before].filter(([name]) => !removed.includes(name)), ...headers]);
  const decision = decide(load, { status, headers: all, vary: meta.vary });
  return decision.kind === 'store' ? { ...stale.value, headers, meta: decision.meta } : undefined;
}

function decide(
  { exchange: { request, route }, startedAt, now, ttlMs }: JudgedLoad,
  answer: Pick<Parameters<typeof decideResponse>[0], 'status' | 'headers' | 'vary'>,
): ReturnType<typeof decideResponse> {
  return decideResponse(
    {
      ...answer,
      hasAuthorization: request.headers.authorization !== undefined,
      hasScope: route.scope !== undefined,
      requestedAt: startedAt,
      respondedAt: now,
    },
    { ...route.policy, ttlMs },
  );
}
