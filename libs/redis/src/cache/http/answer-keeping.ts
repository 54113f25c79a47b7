import type { IncomingHttpHeaders } from 'node:http';
import type { EntryCache } from '../entry-cache.js';
import type { InnerLoadContext } from '../read-through/load-context.js';
import type { StoredAnswer, StoredResponse } from './stored-response.js';
import { variantKey } from './vary.js';

/** What a load is for. */
export interface LoadPlan {
  /** Key of the URL's answers. */
  readonly primary: string;
  /** Key of the variant that is loaded; the primary one where none is known yet. */
  readonly key: string;
  /** Who shares the answer, as it was before the handler ran. */
  readonly group: string | undefined;
  /** Life of an answer that names none. */
  readonly ttlMs: number;
  /** Generations of the answer, and how long these live at least. */
  readonly names: readonly string[];
  readonly namesLiveMs: number;
  readonly maxBodyBytes: number;
  /** How long the handler of a client that has left may go on. */
  readonly abandonAfterMs: number;
}

/** How long an answer stays fresh from the beginning of its load on, in milliseconds. */
export function lifetimeOf({ meta }: Pick<StoredAnswer, 'meta'>): number {
  return meta.lifetimeMs - meta.initialAgeMs;
}

export interface Keeping {
  readonly answers: EntryCache<StoredResponse>;
  readonly context: InnerLoadContext<StoredResponse>;
  readonly plan: LoadPlan;
  /** Of the request, which select its variant. */
  readonly headers: IncomingHttpHeaders;
  /** When the load began. */
  readonly startedAt: number;
}

/**
 * Tells the context how long an answer lives, and puts it under the key of its variant.
 *
 * @returns what belongs under the key of the load; undefined for nothing
 */
export async function keepAnswer(
  { answers, context, plan, headers, startedAt }: Keeping,
  answer: StoredAnswer,
  graceMs: number,
): Promise<StoredResponse | undefined> {
  const { primary, key, names, namesLiveMs } = plan;
  const ttlMs = Math.max(1, lifetimeOf(answer));
  if (ttlMs + graceMs > namesLiveMs) await answers.prolong(names, ttlMs + graceMs);
  context.setTtl(ttlMs);
  context.setGrace(graceMs);
  const { vary } = answer.meta;
  if (vary.length === 0) return answer;
  const variant = variantKey(primary, vary, headers);
  const together = { createdAt: startedAt, ttlMs, graceMs, names, seen: context.seen };
  const index: StoredResponse = { kind: 'variants', vary };
  if (key === primary) {
    await answers.add(variant, answer, together);
    return index;
  }
  // The index must be there for as long as its variants are, and name what the newest answer names.
  await answers.add(primary, index, together);
  if (variant === key) return answer;
  await answers.add(variant, answer, together);
  return undefined;
}
