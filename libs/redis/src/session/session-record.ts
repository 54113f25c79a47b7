import { SessionValueError } from './session.errors.js';
import type { SessionRecord } from './session.types.js';

/** What stored bytes turn out to be. */
export type ParsedSession =
  | { readonly kind: 'session'; readonly record: SessionRecord }
  | { readonly kind: 'corrupt'; readonly reason: string };

/** Reads stored bytes. Whatever they are, the answer is a session or the reason why not. */
export function parseSession(stored: Buffer | string): ParsedSession {
  let record: unknown;
  try {
    record = JSON.parse(stored.toString());
  } catch (error) {
    return { kind: 'corrupt', reason: `not JSON: ${(error as Error).name}` };
  }
  if (!isObject(record)) return { kind: 'corrupt', reason: 'not an object' };
  if (!isObject(record['cookie'])) return { kind: 'corrupt', reason: 'without a cookie object' };
  return { kind: 'session', record: record as SessionRecord };
}

/**
 * The session as JSON.
 *
 * @throws SessionValueError for what JSON cannot hold, such as a BigInt or a cycle
 */
export function serializeSession(session: object): string {
  return stringify(session, session);
}

/**
 * What decides whether a session needs saving: everything but the moment when its cookie ends, which
 * moves with every request.
 *
 * @throws SessionValueError as `serializeSession`
 */
export function fingerprint(session: object): string {
  const { cookie, ...rest } = session as SessionRecord;
  const { expires: _, ...options } = (JSON.parse(stringify(cookie ?? {}, session)) ?? {}) as Record<
    string,
    unknown
  >;
  return stringify([options, rest], session);
}

function stringify(value: unknown, session: object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new SessionValueError(
      `The session holds a value under \`${culprit(session)}\` that JSON cannot hold (${(error as Error).name}). ` +
        'Store plain data: text, numbers, booleans, null, arrays and objects of these.',
      { cause: error },
    );
  }
}

function culprit(session: object): string {
  const found = Object.entries(session).find(([, value]) => {
    try {
      JSON.stringify(value);
      return false;
    } catch (error) {
      return error instanceof Error;
    }
  });
  return found?.[0] ?? 'its root';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
