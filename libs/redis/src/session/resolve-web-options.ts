import { parseDuration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';
import type { CsrfOptions, ResolvedCsrfOptions } from './csrf/csrf.options.js';
import { mayBearHostPrefix } from './resolve-session-cookie.js';
import type {
  ResolvedSessionCookie,
  ResolvedSessionOptions,
  SessionOptions,
} from './session.options.js';
import type { ResolvedSessionSockets, SessionSocketsOptions } from './sockets/sockets.options.js';

const LONGEST_INTERVAL_MS = 24 * 60 * 60 * 1000;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** What concerns pages: from where they may come, and how they prove it. */
export function resolveWeb(
  { trustedOrigins = [], csrf = {}, sockets = {} }: SessionOptions,
  cookie: ResolvedSessionCookie,
): Pick<ResolvedSessionOptions, 'trustedOrigins' | 'csrf' | 'sockets'> {
  trustedOrigins.forEach(checkOrigin);
  return { trustedOrigins, csrf: resolveCsrf(csrf, cookie), sockets: resolveSockets(sockets) };
}

function resolveSockets({
  checkInterval = '30s',
  touch = false,
}: SessionSocketsOptions): ResolvedSessionSockets {
  const checkIntervalMs = parseDuration(checkInterval, 'session.sockets.checkInterval');
  if (checkIntervalMs <= LONGEST_INTERVAL_MS) return { checkIntervalMs, touch };
  throw new ConfigurationError(
    'session.sockets.checkInterval',
    checkInterval,
    "Give a day at most, such as '30s'.",
  );
}

function checkOrigin(origin: string, index: number): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return;
  throw new ConfigurationError(
    `session.trustedOrigins[${index}]`,
    origin,
    "Give an origin as browsers write it, such as 'https://shop.example.com': scheme and host in lower case, no path, no default port.",
  );
}

function resolveCsrf(
  { header = 'x-csrf-token', field = '_csrf', cookieName }: CsrfOptions,
  cookie: ResolvedSessionCookie,
): ResolvedCsrfOptions {
  if (typeof header !== 'string' || !TOKEN.test(header) || header.toLowerCase() === 'cookie') {
    throw new ConfigurationError(
      'session.csrf.header',
      header,
      "Give the name of a header that pages can set and browsers do not, such as 'x-csrf-token'.",
    );
  }
  if (field !== false && (typeof field !== 'string' || field === '')) {
    throw new ConfigurationError(
      'session.csrf.field',
      field,
      "Give a name such as '_csrf', or false.",
    );
  }
  return { header: header.toLowerCase(), field, cookieName: resolveName(cookieName, cookie) };
}

function resolveName(name: string | undefined, cookie: ResolvedSessionCookie): string {
  const mayBePrefixed = mayBearHostPrefix(cookie);
  if (name === undefined) return mayBePrefixed ? '__Host-csrf' : 'csrf';
  if (TOKEN.test(name) && (mayBePrefixed || !name.startsWith('__Host-'))) return name;
  throw new ConfigurationError(
    'session.csrf.cookieName',
    name,
    "Give a cookie name such as 'csrf'. Browsers take `__Host-` only where `session.cookie` is Secure, with path '/' and no domain.",
  );
}
