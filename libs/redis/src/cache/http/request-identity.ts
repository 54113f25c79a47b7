import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { SESSION_BOOKKEEPING } from '../../common/session-shape.js';
import type { CacheScopeOption } from './http-cache-policy.js';

export interface IdentityOptions {
  /** In lower case. */
  readonly identityHeaders: readonly string[];
  readonly identityCookies: readonly string[];
}

interface PersonalRequest {
  /** Of express-session; looked at by shape, since the cache does not depend on the session module. */
  readonly session?: Readonly<Record<string, unknown>> | null;
  readonly sessionID?: string;
  /** Of Passport and its like. */
  readonly user?: unknown;
}

function personalPart(request: Request): PersonalRequest {
  return request as unknown as PersonalRequest;
}

/** True when a guard named a user, or the session holds anything: the answer may depend on it. */
export function hasSession(request: Request): boolean {
  const { session, user } = personalPart(request);
  if (user !== undefined && user !== null) return true;
  return (
    session !== undefined &&
    session !== null &&
    Object.keys(session).some((key) => !SESSION_BOOKKEEPING.has(key))
  );
}

/** True when a header or a cookie says who asks, for guards that do not tell it by `request.user`. */
export function isIdentified(
  { headers }: Pick<Request, 'headers'>,
  { identityHeaders, identityCookies }: IdentityOptions,
): boolean {
  if (identityHeaders.some((name) => headers[name] !== undefined)) return true;
  if (identityCookies.length === 0 || headers.cookie === undefined) return false;
  const names = headers.cookie.split(';').map((pair) => pair.split('=', 1)[0]!.trim());
  return identityCookies.some((name) => names.includes(name));
}

/**
 * The group that shares this request's answer, as the scope part of the key: empty for everybody,
 * undefined to keep it out of the cache. Ids are hashed: a key of the cache must not give a session away.
 */
export function scopeOf(
  request: Request,
  scope: CacheScopeOption<Request> | undefined,
): string | undefined {
  if (scope === undefined || scope === 'public') return '';
  const group = typeof scope === 'function' ? scope(request) : personal(request, scope);
  if (group === undefined) return undefined;
  return `${typeof scope === 'function' ? 'group' : scope}:${createHash('sha256').update(group).digest('base64url').slice(0, 22)}`;
}

function personal(request: Request, scope: 'user' | 'session'): string | undefined {
  if (scope === 'session') return hasSession(request) ? personalPart(request).sessionID : undefined;
  const { session, user } = personalPart(request);
  const [ofUser, ofSession] = [(user as { id?: unknown } | null | undefined)?.id, session?.userId];
  // A guard may have named somebody whom the session does not tell.
  if (user !== undefined && user !== null && !isId(ofUser)) return undefined;
  // Both count: one may act for the other.
  return isId(ofUser) || isId(ofSession) ? JSON.stringify([ofUser, ofSession]) : undefined;
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || typeof id === 'number';
}
