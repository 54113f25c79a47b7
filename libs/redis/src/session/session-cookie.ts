import type { Request } from 'express';
import type { SessionData } from 'express-session';
import type { ResolvedSessionCookie, ResolvedSessionOptions } from './session.options.js';
import type { StoredCookie } from './session.types.js';

/** True for HTTPS, by the same rules as express-session. */
export function isSecureRequest(request: Request, trustProxy: boolean | undefined): boolean {
  if (request.socket && 'encrypted' in request.socket && request.socket.encrypted) return true;
  if (trustProxy !== true) return trustProxy === undefined && request.secure;
  const protocol = String(request.headers?.['x-forwarded-proto'] ?? '').split(',')[0] ?? '';
  return protocol.trim().toLowerCase() === 'https';
}

/**
 * Puts the configured options into the cookie of a stored session: express-session would keep those
 * of the day it began. Its lifetime stays, since the application may have given it one of its own.
 *
 * @returns true when they differ, so that the browser should get the cookie anew
 */
export function applyCookieOptions(
  cookie: SessionData['cookie'],
  options: ResolvedSessionOptions,
  request: Request,
): boolean {
  const { maxAge: _, ...attributes } = cookieAttributes(options, request);
  const stored = cookie as unknown as Record<string, unknown>;
  let isChanged = false;
  for (const [name, value] of Object.entries(attributes)) {
    // 'auto' is decided for each request, so it would change to and fro.
    const isConfigured = name !== 'secure' || options.cookie.secure !== 'auto';
    if (isConfigured && stored[name] !== value) isChanged = true;
    stored[name] = value;
  }
  return isChanged;
}

/** The attributes of the cookie for this request: `secure: 'auto'` is decided, and absent ones are undefined. */
export function cookieAttributes(
  { cookie, trustProxy }: ResolvedSessionOptions,
  request: Request,
): Omit<ResolvedSessionCookie, 'secure'> & { secure: boolean } {
  const secure = cookie.secure === 'auto' ? isSecureRequest(request, trustProxy) : cookie.secure;
  return { domain: undefined, partitioned: undefined, ...cookie, secure };
}

/** The `cookie` object of a session that no request made. */
export function storedCookie({ cookie }: ResolvedSessionOptions, now: number): StoredCookie {
  const { maxAge, secure, ...attributes } = cookie;
  return {
    originalMaxAge: maxAge ?? null,
    expires: maxAge === undefined ? null : new Date(now + maxAge).toISOString(),
    secure: secure === true,
    ...attributes,
  };
}
