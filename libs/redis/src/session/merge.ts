import { isDeepStrictEqual } from 'node:util';
import type { SessionRecord, StoredCookie } from './session.types.js';

/**
 * Joins two changes of one session, key by key at the top level: what only one side changed, added
 * or removed is kept; where both changed one key, mine wins.
 *
 * @param base what my change started from
 * @param mine what I want to store
 * @param theirs what is stored now
 */
export function mergeSessions(
  base: SessionRecord | undefined,
  mine: SessionRecord,
  theirs: SessionRecord,
): SessionRecord {
  const keys = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
  const merged = [...keys].flatMap((key) => {
    const source = mineChanged(key, base, mine) ? mine : theirs;
    return Object.hasOwn(source, key) ? [[key, source[key]] as const] : [];
  });
  // `fromEntries` defines keys instead of assigning them, so a stored `__proto__` stays plain data.
  return {
    ...Object.fromEntries(merged),
    cookie: mergeCookies(base?.cookie, mine.cookie, theirs.cookie),
    // The older beginning holds, or a merge could extend the absolute timeout.
    ...((theirs.$meta ?? mine.$meta) && { $meta: theirs.$meta ?? mine.$meta }),
  };
}

function mineChanged(key: string, base: SessionRecord | undefined, mine: SessionRecord): boolean {
  if (!base || !Object.hasOwn(base, key)) return Object.hasOwn(mine, key);
  return !Object.hasOwn(mine, key) || !isDeepStrictEqual(base[key], mine[key]);
}

/** My cookie options are the configured ones; a lifetime that only they changed is kept. */
function mergeCookies(
  base: StoredCookie | undefined,
  mine: StoredCookie,
  theirs: StoredCookie,
): StoredCookie {
  if (base === undefined || mine.originalMaxAge !== base.originalMaxAge) return mine;
  if (theirs.originalMaxAge === base.originalMaxAge) return mine;
  return { ...mine, originalMaxAge: theirs.originalMaxAge, expires: theirs.expires };
}
