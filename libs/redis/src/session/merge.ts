import { isDeepStrictEqual } from 'node:util';
import { SessionValueError } from './session.errors.js';
import type { SessionMergers } from './session.options.js';
import type { SessionMeta, SessionRecord, StoredCookie } from './session.types.js';

/**
 * Joins two changes of one session, key by key at the top level: what only one side changed, added
 * or removed is kept; where both changed one key, its merger decides, or else mine wins.
 *
 * @param base what my change started from
 * @param mine what I want to store
 * @param theirs what is stored now
 */
export function mergeSessions(
  base: SessionRecord | undefined,
  mine: SessionRecord,
  theirs: SessionRecord,
  mergers: SessionMergers = {},
): SessionRecord {
  const keys = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
  const merged = [...keys].flatMap((key) => {
    if (!hasChanged(key, base, mine)) return entryOf(theirs, key);
    const hasMerger = Object.hasOwn(mergers, key) && hasChanged(key, base, theirs);
    return hasMerger ? mergeKey({ key, base, mine, theirs, mergers }) : entryOf(mine, key);
  });
  // `fromEntries` defines keys instead of assigning them, so a stored `__proto__` stays plain data.
  return {
    ...Object.fromEntries(merged),
    cookie: mergeCookies(base?.cookie, mine.cookie, theirs.cookie),
    // The older beginning holds, or a merge could extend the absolute timeout.
    ...mergeMeta(mine.$meta, theirs.$meta),
  };
}

type Entry = readonly [key: string, value: unknown];

function entryOf(record: SessionRecord, key: string): Entry[] {
  return Object.hasOwn(record, key) ? [[key, record[key]]] : [];
}

function hasChanged(key: string, base: SessionRecord | undefined, now: SessionRecord): boolean {
  if (!base || !Object.hasOwn(base, key)) return Object.hasOwn(now, key);
  return !Object.hasOwn(now, key) || !isDeepStrictEqual(base[key], now[key]);
}

function mergeKey(sides: {
  readonly key: string;
  readonly base: SessionRecord | undefined;
  readonly mine: SessionRecord;
  readonly theirs: SessionRecord;
  readonly mergers: SessionMergers;
}): Entry[] {
  const { key, base, mine, theirs, mergers } = sides;
  const own = (record: SessionRecord | undefined): unknown =>
    record && Object.hasOwn(record, key) ? record[key] : undefined;
  try {
    const merged = mergers[key]!(own(base), own(theirs), own(mine));
    return merged === undefined ? [] : [[key, merged]];
  } catch (error) {
    throw new SessionValueError(`The merger of \`${key}\` in \`session.mergers\` failed.`, {
      cause: error,
    });
  }
}

function mergeMeta(
  mine: SessionMeta | undefined,
  theirs: SessionMeta | undefined,
): Pick<SessionRecord, '$meta'> {
  const older = theirs ?? mine;
  return older ? { $meta: { ...theirs, ...mine, createdAt: older.createdAt } } : {};
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
