import { handleOfName } from '../session-format.js';

/**
 * The epoch of a user: `revokeAll` moves it on, and every session that was begun in an earlier one is
 * refused when it is read. It is compared by number and needs no clocks to agree: a session notes the
 * epoch in which it began.
 */
export interface Epoch {
  readonly number: number;
  /** Handle of the one earlier session that stays, after `revokeOthers`; else ''. */
  readonly exempt: string;
}

/**
 * Reads the stored form: `<number>`, or `<number> <handle that stays>`. Null is epoch 0: the user's sessions
 * were never revoked, or so long ago that none of them can be left.
 */
export function parseEpoch(stored: string | null): Epoch {
  const [number, exempt = ''] = (stored ?? '0').split(' ');
  return { number: Number(number), exempt };
}

/**
 * True when the session was begun before the user's sessions were revoked.
 *
 * @param began the epoch that the session notes; undefined for one that another program began, which the
 *   store has not registered yet
 */
export function isRevoked(epoch: Epoch, began: number | undefined, name: string): boolean {
  return began !== undefined && began < epoch.number && handleOfName(name) !== epoch.exempt;
}
