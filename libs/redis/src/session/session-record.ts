import { SESSION_BOOKKEEPING } from '../common/session-shape.js';
import { SessionValueError } from './session.errors.js';
import type { SessionRecord } from './session.types.js';

/** What stored bytes turn out to be. `locked`: a key is missing here, so it may be well elsewhere. */
export type ParsedSession =
  | { readonly kind: 'session'; readonly record: SessionRecord; readonly json: string }
  | { readonly kind: 'corrupt' | 'locked'; readonly reason: string };

/** Reads stored JSON. Whatever it is, the answer is a session or the reason why not. */
export function parseSession(stored: Buffer | string): ParsedSession {
  const json = stored.toString();
  let record: unknown;
  try {
    record = JSON.parse(json);
  } catch (error) {
    return { kind: 'corrupt', reason: `not JSON: ${(error as Error).name}` };
  }
  if (!isObject(record)) return { kind: 'corrupt', reason: 'not an object' };
  if (!isObject(record['cookie'])) return { kind: 'corrupt', reason: 'without a cookie object' };
  return { kind: 'session', record: record as SessionRecord, json };
}

/**
 * The session as JSON.
 *
 * @throws SessionValueError for what JSON cannot hold, such as a BigInt or a cycle
 */
export function serializeSession(session: object): string {
  try {
    return JSON.stringify(session);
  } catch (error) {
    throw new SessionValueError(
      `The session holds a value under \`${culprit(session)}\` that JSON cannot hold (${(error as Error).name}). ` +
        'Store plain data: text, numbers, booleans, null, arrays and objects of these.',
      { cause: error },
    );
  }
}

/** The session as JSON that means the same when it is read. @throws SessionValueError */
export function storableJson(session: object): string {
  const json = serializeSession(session);
  checkValues(session);
  return json;
}

/**
 * Refuses what JSON would silently turn into something else: a Map into {}, NaN into null.
 *
 * @throws SessionValueError that names the key
 */
export function checkValues(session: object): void {
  for (const [key, value] of Object.entries(session)) {
    const loss = SESSION_BOOKKEEPING.has(key) ? undefined : lossIn(value);
    if (loss === undefined) continue;
    throw new SessionValueError(
      `The session holds ${loss} under \`${key}\`, which JSON would change. Store plain data: text, ` +
        'numbers, booleans, null, arrays and objects of these.',
    );
  }
}

/** @param value already serialized once, so without cycles */
function lossIn(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value}`;
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null) return undefined;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (/^(Map|Set|WeakMap|WeakSet|Promise|RegExp|Error)$/.test(kind)) return `a ${kind}`;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return undefined;
  for (const inner of Object.values(value)) {
    const loss = lossIn(inner);
    if (loss !== undefined) return loss;
  }
  return undefined;
}

/**
 * True when the two need no save between them: all is the same but what the store keeps for itself,
 * the moment when the cookie ends, and cookie options that the configuration decides.
 */
export function isSameContent(one: object, other: object): boolean {
  const [mine, theirs] = [one as SessionRecord, other as SessionRecord];
  if ((mine.cookie.originalMaxAge ?? null) !== (theirs.cookie.originalMaxAge ?? null)) return false;
  const isSame = (key: string): boolean =>
    SESSION_BOOKKEEPING.has(key) || isSameJson(ownValue(mine, key), ownValue(theirs, key));
  // Mostly a plain value differs, and then nothing has to be written as JSON.
  return Object.keys(mine).every(isSame) && Object.keys(theirs).every(isSame);
}

function ownValue(record: SessionRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isSameJson(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** True when somebody has put something into a session that was empty when it began. */
export function holdsContent(session: object): boolean {
  return Object.entries(session).some(
    ([key, value]) => value !== undefined && !SESSION_BOOKKEEPING.has(key),
  );
}

function culprit(session: object): string {
  const found = Object.entries(session).find(([, value]) => {
    try {
      JSON.stringify(value);
      return false;
    } catch {
      return true;
    }
  });
  return found?.[0] ?? 'its root';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
