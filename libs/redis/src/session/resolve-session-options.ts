import { parseDuration, type Duration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';
import { resolveSessionCookie, resolveCookieName } from './resolve-session-cookie.js';
import { resolveSessionStorage } from './resolve-session-storage.js';
import { resolveWaitForReplicas } from './resolve-wait-for-replicas.js';
import { resolveSessionTransport } from './resolve-session-transport.js';
import { resolveWeb } from './resolve-web-options.js';
import { resolvePerUser, resolveSweepInterval } from './resolve-user-options.js';
import type { ResolvedSessionOptions, SessionOptions } from './session.options.js';
import { indexStart } from './users/user-keys.js';

const SHORTEST_SECRET = 32;
const LONGEST_MEMORY_MS = 7 * 24 * 60 * 60 * 1000;
const NEW_SECRET =
  'Give at least 32 random characters, for example from ' +
  '`node -p "crypto.randomBytes(32).toString(\'base64url\')"`, in an environment variable.';

/**
 * Checks the options and fills in the defaults.
 *
 * @param env the environment; NODE_ENV `production` makes the cookie Secure by default
 * @throws ConfigurationError with the option and the remedy, never with a secret
 */
export function resolveSessionOptions(
  options: SessionOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedSessionOptions {
  const idleTimeoutMs = parseDuration(options.idleTimeout ?? '30m', 'session.idleTimeout');
  const cookie = resolveSessionCookie(options.cookie ?? {}, idleTimeoutMs, env);
  return {
    secrets: resolveSecrets(options.secret),
    connection: options.connection ?? 'default',
    prefix: resolvePrefix(options.prefix ?? 'sess:'),
    idleTimeoutMs,
    absoluteTimeoutMs: resolveAbsolute(options.absoluteTimeout ?? '12h', idleTimeoutMs),
    rememberForMs: parseDuration(options.rememberFor ?? '30d', 'session.rememberFor'),
    ...resolveSessionTransport(options),
    ...resolveSessionStorage(options),
    rememberEndsMs: resolveRememberEnds(options.rememberEnds ?? '30s'),
    clearSiteData: resolveSiteData(options.clearSiteData ?? []),
    renewBelow: resolveFraction(options.renewBelow ?? 0.9),
    cookieName: resolveCookieName(options.cookie?.name, cookie),
    cookie,
    trustProxy: options.trustProxy,
    mount: options.mount ?? true,
    loginUrl: resolveLoginUrl(options.loginUrl),
    deadlineMs: parseDuration(options.deadline ?? '3s', 'session.deadline'),
    waitForReplicas: resolveWaitForReplicas(options.waitForReplicas),
    ...resolveWeb(options, cookie),
    perUser: resolvePerUser(options.perUser ?? {}),
    sweepIntervalMs: resolveSweepInterval(options.expiryEvents ?? false),
    shareEvents: options.shareEvents ?? false,
  };
}

function resolveSecrets(secret: SessionOptions['secret']): readonly [string, ...string[]] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw new ConfigurationError('session.secret', undefined, NEW_SECRET);
  secrets.forEach((one, index) => {
    checkSecret(one, Array.isArray(secret) ? `session.secret[${index}]` : 'session.secret');
  });
  return secrets as [string, ...string[]];
}

/** Describes what is wrong with a secret without showing it: configuration errors end up in logs. */
function checkSecret(secret: unknown, option: string): void {
  if (secret === undefined || secret === null || secret === '') {
    throw new ConfigurationError(option, undefined, NEW_SECRET);
  }
  if (typeof secret !== 'string') {
    throw new ConfigurationError(option, `(a ${typeof secret}, not shown)`, NEW_SECRET);
  }
  if (isPlaceholder(secret)) {
    throw new ConfigurationError(option, '(a placeholder, not shown)', NEW_SECRET);
  }
  if (secret.trim().length < SHORTEST_SECRET) {
    throw new ConfigurationError(
      option,
      `(${secret.trim().length} characters, not shown)`,
      NEW_SECRET,
    );
  }
}

/** What examples and templates put there, for all the world to read. */
function isPlaceholder(secret: string): boolean {
  return /change.?(me|this|it)|replace.?(me|this|it)|keyboard.?cat|your.{0,12}secret|default.{0,8}secret/i.test(
    secret,
  );
}

function resolvePrefix(prefix: string): string {
  // Glob characters would make `clear()` of other programs on the same keys delete foreign ones.
  if (typeof prefix !== 'string' || !/^[^\s*?[\]\\^]+$/.test(prefix)) {
    throw new ConfigurationError(
      'session.prefix',
      prefix,
      "Give text without spaces and without * ? [ ] \\ ^, such as 'sess:'.",
    );
  }
  if (indexStart(prefix).startsWith(prefix)) {
    throw new ConfigurationError(
      'session.prefix',
      prefix,
      "The store's own keys start with `index:`, and a scan for sessions would find them. Choose another, such as 'sess:'.",
    );
  }
  // Half a hash tag would put the keys of one session into different slots of a Cluster.
  if (/[{}]/.test(prefix) && !/^[^{}]*\{[^{}]+\}[^{}]*$/.test(prefix)) {
    throw new ConfigurationError(
      'session.prefix',
      prefix,
      "Give one whole hash tag, such as '{shop}:sess:', or no braces.",
    );
  }
  return prefix;
}

function resolveAbsolute(
  absolute: SessionOptions['absoluteTimeout'],
  idleTimeoutMs: number,
): number | undefined {
  if (absolute === false || absolute === undefined) return undefined;
  const absoluteMs = parseDuration(absolute, 'session.absoluteTimeout');
  if (absoluteMs < idleTimeoutMs) {
    throw new ConfigurationError(
      'session.absoluteTimeout',
      absolute,
      `It is shorter than \`session.idleTimeout\` (${idleTimeoutMs} ms), which would then never be reached. ` +
        'Shorten idleTimeout, or give a longer absoluteTimeout, or false for no limit.',
    );
  }
  return absoluteMs;
}

function resolveRememberEnds(duration: Duration): number {
  const ms = parseDuration(duration, 'session.rememberEnds');
  if (ms <= LONGEST_MEMORY_MS) return ms;
  throw new ConfigurationError('session.rememberEnds', duration, "Give at most '7d'.");
}

function resolveSiteData(kinds: readonly string[]): string | undefined {
  const known = ['cache', 'cookies', 'storage', 'executionContexts', '*'];
  const odd = Array.isArray(kinds) ? kinds.find((kind) => !known.includes(kind)) : kinds;
  if (odd !== undefined) {
    const remedy = `Give a list of ${known.map((kind) => `'${kind}'`).join(', ')}.`;
    throw new ConfigurationError('session.clearSiteData', odd, remedy);
  }
  return kinds.length === 0 ? undefined : kinds.map((kind) => `"${kind}"`).join(', ');
}

function resolveFraction(fraction: number): number {
  if (typeof fraction === 'number' && fraction > 0 && fraction <= 1) return fraction;
  throw new ConfigurationError('session.renewBelow', fraction, 'Give a number above 0, at most 1.');
}

function resolveLoginUrl(url: string | undefined): string | undefined {
  if (url === undefined || /^(\/(?![/\\])|https?:\/\/)\S*$/.test(url)) return url;
  throw new ConfigurationError(
    'session.loginUrl',
    url,
    "Give a path such as '/login', or a URL that starts with https://.",
  );
}
