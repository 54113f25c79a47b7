import { parseHttpDate } from './http-date.js';
import { fieldOf, type StoredAnswer } from './stored-response.js';

type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the conditions of a request are compared with. */
export interface StoredValidators {
  readonly status: number;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly date?: string;
}

/** One member of a list of entity-tags. A tag may hold commas. Source: RFC 9110 section 8.8.3. */
const MEMBER = /[ \t]*(?:(?:W\/)?("[\u0021\u0023-\u007e\u0080-\u00ff]*")[ \t]*)?(?:,|$)/y;

export function validatorsOf(answer: Pick<StoredAnswer, 'status' | 'headers'>): {
  readonly status: number;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly date: string | undefined;
} {
  return {
    status: answer.status,
    etag: fieldOf(answer, 'etag'),
    lastModified: fieldOf(answer, 'last-modified'),
    date: fieldOf(answer, 'date'),
  };
}

/** True when the request has a condition that a cache answers. Source: RFC 9111 section 4.3.2. */
export function hasConditions(headers: RequestHeaders): boolean {
  return headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
}

/**
 * True when a GET or HEAD gets 304 instead of the stored answer: If-None-Match counts first, and
 * If-Modified-Since only without it. Source: RFC 9110 sections 13.1.2, 13.1.3 and 13.2.2, RFC 9111 section 4.3.2.
 */
export function isNotModified(headers: RequestHeaders, stored: StoredValidators): boolean {
  // Conditions count for a 200 only: RFC 9111 section 4.3.2.
  if (stored.status !== 200) return false;
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return matchesAny(noneMatch, stored.etag);
  const since = headers['if-modified-since'];
  return since !== undefined && isUnmodifiedSince(since, stored);
}

/** Weak comparison: RFC 9110 section 8.8.3.2. A list that breaks the grammar matches nothing: the full answer is always right. */
function matchesAny(field: string | readonly string[], etag: string | undefined): boolean {
  const text = typeof field === 'string' ? field : field.join(', ');
  if (text.trim() === '*') return true;
  const tags = parseTags(text);
  return etag !== undefined && (tags?.includes(etag.replace(/^W\//, '')) ?? false);
}

/** The opaque tags; undefined when the field is no list of entity-tags. */
function parseTags(text: string): string[] | undefined {
  const tags: string[] = [];
  for (let position = 0; position < text.length; position = MEMBER.lastIndex) {
    MEMBER.lastIndex = position;
    const match = MEMBER.exec(text);
    if (!match) return undefined;
    if (match[1] !== undefined) tags.push(match[1]);
  }
  return tags;
}

/** Without Last-Modified its Date stands in. Source: RFC 9111 section 4.3.2. */
function isUnmodifiedSince(
  field: string | readonly string[],
  { lastModified, date }: StoredValidators,
): boolean {
  const since = typeof field === 'string' ? parseHttpDate(field) : undefined;
  const changed = parseHttpDate(lastModified ?? date ?? '');
  return since !== undefined && changed !== undefined && changed <= since;
}
