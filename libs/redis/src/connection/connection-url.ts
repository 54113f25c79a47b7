import type { RedisOptions } from 'ioredis';
import { ConfigurationError } from '../common/errors.js';
import type { ClusterConnection, Endpoint, SentinelConnection } from './connection.options.js';

/** What a URL may look like, for messages. */
export const URL_FORMS =
  'redis://user:password@host:6379/0, rediss:// for TLS, redis-cluster://host:6379,host:6379 or redis-sentinel://host:26379,host:26379/0#mymaster';

/** Several servers, which a URL of the standard cannot name: scheme, credentials, servers, database, primary. */
const SEVERAL =
  /^(rediss?)-(cluster|sentinel):\/\/(?:([^@]*)@)?([^@/#?]*)(?:\/([^#?]*))?(?:#([^?]*))?$/s;

/** True for the URL of a Cluster or of Sentinels. */
export function namesSeveral(text: string): boolean {
  return /^rediss?-(cluster|sentinel):/.test(text);
}

/**
 * Reads `redis-cluster://user:password@host:port,host:port` (no database: a Cluster has one) and
 * `redis-sentinel://user:password@host:port,host:port/0#mymaster`; `rediss-` for TLS, towards the
 * Sentinels too. Credentials are those of the data servers.
 *
 * @throws ConfigurationError that never shows a password
 */
export function severalFromUrl(text: string, path: string): ClusterConnection | SentinelConnection {
  const [, scheme, kind, login, servers = '', database = '', name = ''] = SEVERAL.exec(text) ?? [];
  if (servers === '') throw malformed(text, path);
  const [username, password] = (login ?? '').split(/:(.*)/s);
  const tls = scheme === 'rediss';
  const common = {
    ...(username && { username: decoded(username, text, path) }),
    ...(password && { password: decoded(password, text, path) }),
    ...(tls && { tls }),
  };
  const list = servers.split(',').map((server) => toEndpoint(server, text, path));
  if (kind === 'cluster') {
    if (database || name) throw malformed(text, path);
    return { kind: 'cluster', nodes: list, ...common };
  }
  const db = toDatabase(database, text, path);
  return {
    kind: 'sentinel',
    name: decoded(name, text, path),
    sentinels: list,
    ...(db !== undefined && { db }),
    ...common,
    ...(tls && { sentinelTls: true }),
  };
}

/**
 * Reads the URL of one server.
 *
 * @throws ConfigurationError that never shows a password
 */
export function oneFromUrl(text: string, path: string): RedisOptions {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || !url.hostname)
    throw malformed(text, path);
  if (url.search !== '' || url.hash !== '') {
    throw new ConfigurationError(
      path,
      withoutPassword(text).replace(/[?#].*$/s, ''),
      "A URL has no parameters here. Give an object with kind 'standalone' and `options` instead.",
    );
  }
  const db = toDatabase(url.pathname.slice(1), text, path);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username && { username: decoded(url.username, text, path) }),
    ...(url.password && { password: decoded(url.password, text, path) }),
    ...(db !== undefined && { db }),
    ...(url.protocol === 'rediss:' && { tls: {} }),
  };
}

function malformed(text: string, path: string): ConfigurationError {
  return new ConfigurationError(
    path,
    withoutPassword(text),
    `Give a URL (${URL_FORMS}), 'embedded', an ioredis client, or an object with kind 'standalone', 'sentinel', 'cluster' or 'embedded'.`,
  );
}

/** `host`, `host:port`, `[::1]:port`. The port itself is checked where those of objects are. */
function toEndpoint(server: string, text: string, path: string): Endpoint {
  const [, inBrackets, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(server) ?? [];
  const host = inBrackets ?? plain;
  if (!host) throw malformed(text, path);
  return { host, ...(port !== undefined && { port: Number(port) }) };
}

function toDatabase(part: string, text: string, path: string): number | undefined {
  if (part === '') return undefined;
  if (/^\d{1,5}$/.test(part)) return Number(part);
  throw new ConfigurationError(
    path,
    withoutPassword(text),
    'The path of the URL is the database number, such as /0.',
  );
}

function decoded(part: string, text: string, path: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ConfigurationError(
      path,
      withoutPassword(text),
      'In a user name or password of a URL, write % as %25, and other special characters in their % form.',
    );
  }
}

/** Also of what is hardly a URL, such as `user:password@host`. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z+.-]+:\/+|\/*).*@/is, '$1***@');
}
