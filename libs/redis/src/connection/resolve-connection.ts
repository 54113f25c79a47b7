import type { ClusterOptions, RedisOptions } from 'ioredis';
import { ConfigurationError } from '../common/errors.js';
import { namesSeveral, oneFromUrl, severalFromUrl, URL_FORMS } from './connection-url.js';
import type {
  ClusterConnection,
  ConnectionOptions,
  EmbeddedConnection,
  Endpoint,
  SentinelConnection,
  StandaloneConnection,
} from './connection.options.js';
import type { RedisClient } from './redis-client.js';

/** A connection option after the check at the door: ready to make clients from. */
export type ResolvedConnection =
  | { readonly kind: 'redis'; readonly redis: RedisOptions }
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly Required<Endpoint>[];
      readonly cluster: ClusterOptions;
    }
  | { readonly kind: 'embedded'; readonly folder?: string; readonly binary?: string }
  | { readonly kind: 'client'; readonly client: RedisClient };

const FORMS = `Give a URL (${URL_FORMS}), 'embedded', an ioredis client, or an object with kind 'standalone', 'sentinel', 'cluster' or 'embedded'.`;

/**
 * Checks a connection option and turns it into one of four forms.
 *
 * @param path name of the option in messages, such as `connection`
 * @throws ConfigurationError that never shows a password
 */
export function resolveConnection(
  option: ConnectionOptions | undefined,
  path: string,
): ResolvedConnection {
  if (option === undefined || option === null || option === '') {
    throw new ConfigurationError(path, option || undefined, FORMS);
  }
  if (option === 'embedded') return { kind: 'embedded' };
  if (typeof option === 'string') {
    return namesSeveral(option)
      ? resolveConnection(severalFromUrl(option, path), path)
      : { kind: 'redis', redis: oneFromUrl(option, path) };
  }
  if (isClient(option)) {
    refuseKeyPrefix(option.options, `${path}.options`);
    return { kind: 'client', client: option };
  }
  switch (option.kind) {
    case 'standalone':
      return { kind: 'redis', redis: fromStandalone(option, path) };
    case 'sentinel':
      return { kind: 'redis', redis: fromSentinel(option, path) };
    case 'cluster':
      return fromCluster(option, path);
    case 'embedded':
      return fromEmbedded(option);
    default:
      throw new ConfigurationError(`${path}.kind`, (option as { kind?: unknown }).kind, FORMS);
  }
}

/** Two copies of ioredis in one tree are common, so the shape decides, not `instanceof`. */
function isClient(option: object): option is RedisClient {
  const candidate = option as Partial<RedisClient>;
  return typeof candidate.duplicate === 'function' && typeof candidate.defineCommand === 'function';
}

/** Keys of scripts and channels would be named without it. */
function refuseKeyPrefix(options: { readonly keyPrefix?: string } | undefined, path: string): void {
  if (!options?.keyPrefix) return;
  throw new ConfigurationError(
    `${path}.keyPrefix`,
    options.keyPrefix,
    'Use `cache.prefix` and `session.prefix`: SCAN, channels and listings know nothing of a keyPrefix.',
  );
}

function fromStandalone(option: StandaloneConnection, path: string): RedisOptions {
  const { kind: _, tls, options, ...address } = option;
  checkPort(option.port, path);
  checkDatabase(option.db, path);
  refuseKeyPrefix(options, `${path}.options`);
  return { ...address, ...tlsOptions(tls), ...options };
}

function fromSentinel(option: SentinelConnection, path: string): RedisOptions {
  const { kind: _, sentinels, tls, sentinelTls, options, ...rest } = option;
  if (!option.name) {
    throw new ConfigurationError(
      `${path}.name`,
      option.name,
      "Give the name of the monitored primary, such as 'mymaster'.",
    );
  }
  checkDatabase(option.db, path);
  refuseKeyPrefix(options, `${path}.options`);
  return {
    ...rest,
    sentinels: endpoints(sentinels, 26379, `${path}.sentinels`),
    ...tlsOptions(tls),
    ...(sentinelTls && {
      sentinelTLS: sentinelTls === true ? {} : sentinelTls,
      enableTLSForSentinelMode: true,
    }),
    ...options,
  };
}

function fromCluster(option: ClusterConnection, path: string): ResolvedConnection {
  const { username, password, tls, options } = option;
  refuseKeyPrefix(options, `${path}.options`);
  refuseKeyPrefix(options?.redisOptions, `${path}.options.redisOptions`);
  return {
    kind: 'cluster',
    nodes: endpoints(option.nodes, 6379, `${path}.nodes`),
    cluster: {
      ...(tls && { dnsLookup: keepName }),
      ...options,
      redisOptions: { username, password, ...tlsOptions(tls), ...options?.redisOptions },
    },
  };
}

/**
 * ioredis resolves the names of the nodes itself and connects to addresses, for which certificates are hardly ever
 * made. Left alone, a name goes to `tls.connect`, which resolves it and checks the certificate for it.
 */
const keepName: ClusterOptions['dnsLookup'] = (host, done) => done(null, host);

function fromEmbedded({ folder, binary }: EmbeddedConnection): ResolvedConnection {
  return { kind: 'embedded', folder, binary };
}

function endpoints(
  list: readonly Endpoint[] | undefined,
  port: number,
  path: string,
): Required<Endpoint>[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new ConfigurationError(
      path,
      list,
      `Give at least one, such as [{ host: '127.0.0.1', port: ${port} }].`,
    );
  }
  return list.map((endpoint: Endpoint, index) => {
    if (!endpoint?.host) {
      throw new ConfigurationError(
        `${path}[${index}].host`,
        endpoint?.host,
        'Give a host name or an address.',
      );
    }
    checkPort(endpoint.port, `${path}[${index}]`);
    return { host: endpoint.host, port: endpoint.port ?? port };
  });
}

function checkPort(port: number | undefined, path: string): void {
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new ConfigurationError(`${path}.port`, port, 'Give a whole number from 1 to 65535.');
  }
}

function checkDatabase(db: number | undefined, path: string): void {
  if (db !== undefined && !(Number.isInteger(db) && db >= 0)) {
    throw new ConfigurationError(`${path}.db`, db, 'Give the database number, from 0.');
  }
}

function tlsOptions(tls: StandaloneConnection['tls']): Pick<RedisOptions, 'tls'> {
  if (!tls) return {};
  return { tls: tls === true ? {} : tls };
}
