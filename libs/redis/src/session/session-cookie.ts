import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import type { ResolvedSessionCookie, ResolvedSessionOptions } from './session.options.js';
import type { StoredCookie } from './session.types.js';

/** `secure` is Express', which knows of the proxy that it trusts. */
export type SecuredRequest = Pick<IncomingMessage, 'headers'> & {
  readonly socket?: object;
  readonly secure?: boolean;
};

/** True for HTTPS, by the same rules as express-session. */
export function isSecureRequest(request: SecuredRequest, trustProxy: boolean | undefined): boolean {
  if (request.socket && 'encrypted' in request.socket && request.socket.encrypted) return true;
  if (trustProxy !== true) return trustProxy === undefined && request.secure === true;
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
  const stored = cookie as unknown as Record<string, unknown>;
  let isChanged = false;
  for (const [name, value] of rulesFor(options, request).applied) {
    // 'auto' is decided for each request, so it would change to and fro.
    const isConfigured = name !== 'secure' || options.cookie.secure !== 'auto';
    if (isConfigured && stored[name] !== value) isChanged = true;
    stored[name] = value;
  }
  return isChanged;
}

/** The options of a new cookie for this request: `secure: 'auto'` is decided. Not to be changed. */
export function cookieOptions(options: ResolvedSessionOptions, request: Request): CookieOptions {
  return rulesFor(options, request).fresh;
}

/** What names the cookie to the browser that is to drop it. */
export function clearingOptions(
  options: ResolvedSessionOptions,
  request: Request,
): Omit<CookieOptions, 'maxAge'> {
  return rulesFor(options, request).clearing;
}

type CookieOptions = Omit<ResolvedSessionCookie, 'secure'> & { readonly secure: boolean };

interface CookieRules {
  readonly fresh: CookieOptions;
  readonly clearing: Omit<CookieOptions, 'maxAge'>;
  /** What stored cookies get, name by name; undefined for what they shall not have. */
  readonly applied: readonly (readonly [name: string, value: unknown])[];
}

/** For plain HTTP and for HTTPS: made once and not per request. */
const rules = new WeakMap<ResolvedSessionOptions, readonly [CookieRules, CookieRules]>();

function rulesFor(options: ResolvedSessionOptions, request: Request): CookieRules {
  const { cookie, trustProxy } = options;
  const secure = cookie.secure === 'auto' ? isSecureRequest(request, trustProxy) : cookie.secure;
  let known = rules.get(options);
  if (!known) {
    known = [rulesOf(cookie, false), rulesOf(cookie, true)];
    rules.set(options, known);
  }
  return known[secure ? 1 : 0];
}

function rulesOf(cookie: ResolvedSessionCookie, secure: boolean): CookieRules {
  const fresh = { ...cookie, secure };
  const { maxAge: _, ...clearing } = fresh;
  const applied = Object.entries({ domain: undefined, partitioned: undefined, ...clearing });
  return { fresh, clearing, applied };
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
