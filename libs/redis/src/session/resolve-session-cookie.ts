import { parseDuration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';
import type { ResolvedSessionCookie, SessionCookieOptions } from './session.options.js';

/** Browsers accept a cookie of this name only when it is Secure, has path `/` and no domain. */
const HOST_PREFIX = '__Host-';
const SECURE_PREFIX = '__Secure-';

/** Fills in the defaults of the cookie and refuses what a browser would silently drop. */
export function resolveSessionCookie(
  options: SessionCookieOptions,
  idleTimeoutMs: number,
  env: Readonly<Record<string, string | undefined>>,
): ResolvedSessionCookie {
  const cookie: ResolvedSessionCookie = {
    secure: options.secure ?? (env['NODE_ENV'] === 'production' ? true : 'auto'),
    sameSite: options.sameSite ?? 'lax',
    path: options.path ?? '/',
    httpOnly: options.httpOnly ?? true,
    ...(options.maxAge !== undefined && { maxAge: resolveMaxAge(options.maxAge, idleTimeoutMs) }),
    ...(options.domain !== undefined && { domain: options.domain }),
    ...(options.partitioned && { partitioned: true }),
  };
  checkPath(cookie);
  checkSameSite(cookie);
  checkPartitioned(cookie);
  return cookie;
}

/** The given name, checked against the cookie; without one, the strictest name that the cookie allows. */
export function resolveCookieName(name: string | undefined, cookie: ResolvedSessionCookie): string {
  if (name === undefined) return mayBearHostPrefix(cookie) ? `${HOST_PREFIX}sid` : 'sid';
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new ConfigurationError('session.cookie.name', name, "Give a cookie name such as 'sid'.");
  }
  if (name.startsWith(HOST_PREFIX) && !mayBearHostPrefix(cookie)) {
    throw new ConfigurationError(
      'session.cookie.name',
      name,
      `Browsers drop a ${HOST_PREFIX} cookie unless \`secure\` is true, \`path\` is '/' and there is no ` +
        "`domain`. Set these, or name it 'sid'.",
    );
  }
  if (name.startsWith(SECURE_PREFIX) && cookie.secure !== true) {
    throw new ConfigurationError(
      'session.cookie.name',
      name,
      `Browsers drop a ${SECURE_PREFIX} cookie unless \`secure\` is true. Set it, or name it 'sid'.`,
    );
  }
  return name;
}

/** True for a cookie that no other host and no script of a subdomain can have set. */
export function mayBearHostPrefix({ secure, path, domain }: ResolvedSessionCookie): boolean {
  return secure === true && path === '/' && domain === undefined;
}

function resolveMaxAge(
  maxAge: NonNullable<SessionCookieOptions['maxAge']>,
  idleTimeoutMs: number,
): number {
  const maxAgeMs = parseDuration(maxAge, 'session.cookie.maxAge');
  if (maxAgeMs >= idleTimeoutMs) return maxAgeMs;
  throw new ConfigurationError(
    'session.cookie.maxAge',
    maxAge,
    `It is shorter than \`session.idleTimeout\` (${idleTimeoutMs} ms), so browsers would lose sessions that ` +
      'are in use. Shorten idleTimeout instead, or leave maxAge out for a cookie that ends with the browser.',
  );
}

function checkPath({ path }: ResolvedSessionCookie): void {
  if (path.startsWith('/')) return;
  throw new ConfigurationError('session.cookie.path', path, "Give a path that starts with '/'.");
}

function checkSameSite({ sameSite, secure }: ResolvedSessionCookie): void {
  if (!['lax', 'strict', 'none'].includes(sameSite)) {
    throw new ConfigurationError(
      'session.cookie.sameSite',
      sameSite,
      "Give 'lax', 'strict' or 'none'.",
    );
  }
  if (sameSite === 'none' && secure !== true) {
    throw new ConfigurationError(
      'session.cookie.sameSite',
      sameSite,
      "Browsers drop it without `secure: true`. Set that, or give 'lax'.",
    );
  }
}

function checkPartitioned({ partitioned, secure }: ResolvedSessionCookie): void {
  if (!partitioned || secure === true) return;
  throw new ConfigurationError(
    'session.cookie.partitioned',
    partitioned,
    'Browsers drop a partitioned cookie without `secure: true`. Set that, or leave partitioned out.',
  );
}
