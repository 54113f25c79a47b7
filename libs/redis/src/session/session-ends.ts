import type { Successor } from './successor.js';

/** Why a session was revoked. */
export type RevocationReason =
  /** By its handle. */
  | 'handle'
  /** Its user ended all sessions but one. */
  | 'others'
  /** All sessions of its user were ended. */
  | 'all'
  /** Its user logged in more often than `session.perUser.max` allows. */
  | 'limit'
  /** Its user's data was purged. */
  | 'purge';

/**
 * How a session ends: `destroyed` by logout or by its id, `replaced` by one with a new id, `expired` for a
 * session that was read past its absolute end, `revoked` from outside.
 */
export type SessionEnd =
  | { readonly kind: 'destroyed' | 'expired' }
  /** `successor`: requests under way with the old id find the new session for a moment. */
  | { readonly kind: 'replaced'; readonly successor?: Successor | undefined }
  | { readonly kind: 'revoked'; readonly reason: RevocationReason };
