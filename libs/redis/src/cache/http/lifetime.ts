import { parseHttpDate } from './http-date.js';

type Headers = ReadonlyMap<string, string | readonly string[]>;

/** 2^31 seconds stand for infinity. Source: RFC 9111 section 1.2.2. */
const LONGEST_MS = 2 ** 31 * 1000;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Expires minus Date, in milliseconds; undefined without Expires. One that is no date, or comes
 * twice, has expired. Source: RFC 9111 sections 4.2.1 and 5.3.
 */
export function expiry(headers: Headers, respondedAt: number): number | undefined {
  const lines = linesOf(headers, 'expires');
  if (lines.length === 0) return undefined;
  const expires = lines.length === 1 ? parseHttpDate(lines[0] ?? '', respondedAt) : undefined;
  if (expires === undefined) return 0;
  const lifetime = expires - (dateOf(headers, respondedAt) ?? respondedAt);
  return Math.min(Math.max(0, lifetime), LONGEST_MS);
}

/** A tenth of the time since Last-Modified, at most a day; 0 without one. Source: RFC 9111 section 4.2.2. */
export function heuristicMs(headers: Headers, respondedAt: number): number {
  const modified = parseHttpDate(linesOf(headers, 'last-modified')[0] ?? '', respondedAt);
  if (modified === undefined) return 0;
  const interval = (dateOf(headers, respondedAt) ?? respondedAt) - modified;
  return Math.min(Math.max(0, interval / 10), DAY_MS);
}

/**
 * How old the answer was when it was asked for. RFC 9111 section 4.2.3 has it as the larger of
 * `age_value + response_delay` and `response_time - date_value`, counted from the response on; here
 * both are without the delay, since age is counted from the request on. A Date has whole seconds, so
 * the part of one does not count against it.
 */
export function initialAgeMs(headers: Headers, requestedAt: number, respondedAt: number): number {
  const asked = Math.floor(requestedAt / 1000) * 1000;
  return Math.max(ageValueMs(headers), asked - (dateOf(headers, respondedAt) ?? respondedAt));
}

/** The first member counts, and one that is no number counts as none. Source: RFC 9111 section 5.1. */
function ageValueMs(headers: Headers): number {
  const first = (linesOf(headers, 'age')[0] ?? '').split(',')[0]?.trim() ?? '';
  return /^\d+$/.test(first) ? Math.min(Number(first) * 1000, LONGEST_MS) : 0;
}

/** Undefined for none, for one that is no date, and for several. */
function dateOf(headers: Headers, now: number): number | undefined {
  const lines = linesOf(headers, 'date');
  return lines.length === 1 ? parseHttpDate(lines[0] ?? '', now) : undefined;
}

function linesOf(headers: Headers, name: string): readonly string[] {
  const value = headers.get(name) ?? [];
  return typeof value === 'string' ? [value] : value;
}
