import type { ResolvedSessionOptions } from './session.options.js';
import type { SessionRecord } from './session.types.js';

/** express-session loses a millisecond now and then when it restarts a cookie's `maxAge`. */
export const MAX_AGE_TOLERANCE_MS = 10_000;

export type SessionLifetime = Pick<
  ResolvedSessionOptions,
  'idleTimeoutMs' | 'absoluteTimeoutMs' | 'rememberForMs' | 'renewBelow'
> & { readonly cookie: Pick<ResolvedSessionOptions['cookie'], 'maxAge'> };

/**
 * How long the session may stay stored from now on, in milliseconds; zero or less when it is over:
 * its idle time, but never past its absolute end.
 */
export function timeLeftMs(session: SessionRecord, rules: SessionLifetime, now: number): number {
  return Math.ceil(Math.min(idleTimeMs(session, rules), absoluteTimeLeftMs(session, rules, now)));
}

/** The idle time that the application gave this session by `cookie.maxAge`, else the configured one. */
export function idleTimeMs({ cookie }: SessionRecord, rules: SessionLifetime): number {
  const own = cookie.originalMaxAge;
  if (typeof own !== 'number' || Number.isNaN(own)) return rules.idleTimeoutMs;
  const configured = rules.cookie.maxAge;
  const isConfigured =
    configured !== undefined && Math.abs(own - configured) <= MAX_AGE_TOLERANCE_MS;
  return isConfigured ? rules.idleTimeoutMs : own;
}

/**
 * True when so little of its idle time is left that a request should renew it.
 *
 * @param leftMs -1 for a session without expiry, which is always due
 */
export function isRenewalDue(
  session: SessionRecord,
  rules: SessionLifetime,
  leftMs: number,
): boolean {
  return leftMs < idleTimeMs(session, rules) * rules.renewBelow;
}

/** Infinity where there is no limit, or where nobody noted when the session began. */
export function absoluteTimeLeftMs(
  session: SessionRecord,
  rules: SessionLifetime,
  now: number,
): number {
  const { createdAt, remembered } = session.$meta ?? {};
  const limitMs = remembered === true ? rules.rememberForMs : rules.absoluteTimeoutMs;
  if (limitMs === undefined || typeof createdAt !== 'number') return Infinity;
  return createdAt + limitMs - now;
}
