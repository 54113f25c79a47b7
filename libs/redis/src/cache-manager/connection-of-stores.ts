import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { ConnectionOptions, Endpoint } from '../connection/connection.options.js';

/** What the Redis clients below Keyv stores (node-redis, iovalkey) tell of themselves. */
interface ClientOptions extends Address {
  readonly socket?: Address;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  readonly rootNodes?: readonly ClientOptions[];
  readonly defaults?: ClientOptions;
  readonly url?: string;
}

interface Address {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly tls?: boolean | TlsOptions;
}

type Fields = Readonly<Record<string, unknown>>;

/** The connection of the first Redis among Keyv stores, adapters and Cacheables; undefined where none can be read. */
export function connectionOfStores(
  stores: object | readonly object[] = [],
): ConnectionOptions | undefined {
  for (const store of [stores].flat()) {
    const options = clientOptions(store as Fields);
    const connection = options && connectionOf(options);
    if (connection) return connection;
  }
  return undefined;
}

/** The namespace of the first store that has one. */
export function namespaceOfStores(stores: object | readonly object[] = []): string | undefined {
  return [stores]
    .flat()
    .map((store) => (store as Fields).namespace)
    .find((name): name is string => typeof name === 'string' && name !== '');
}

/** A Keyv has its adapter in `store`, a Cacheable its slower Keyv in `secondary`, an adapter its client in `client`. */
function clientOptions(store: Fields | undefined): ClientOptions | undefined {
  if (typeof store !== 'object' || store === null) return undefined;
  const inner = store.secondary ?? store.store;
  if (inner !== undefined) return clientOptions(inner as Fields);
  const client = store.client as Fields | undefined;
  // oxlint-disable-next-line no-underscore-dangle -- where the Cluster client of node-redis has them
  return (client?.options ?? client?._options) as ClientOptions | undefined;
}

function connectionOf(options: ClientOptions): ConnectionOptions | undefined {
  const { rootNodes, defaults = {} } = options;
  const { username, password } = { ...defaults, ...options };
  const credentials = { ...(username && { username }), ...(password && { password }) };
  if (rootNodes) {
    const tls = tlsOf(defaults.socket);
    return {
      kind: 'cluster',
      nodes: rootNodes.map(endpointOf),
      ...credentials,
      ...(tls && { tls }),
    };
  }
  const address = options.socket ?? options;
  const { host, port, path } = address;
  if (host === undefined && port === undefined && path === undefined) return undefined;
  const tls = tlsOf(address);
  const db = options.database ?? 0;
  return {
    kind: 'standalone',
    ...(path ? { path } : { host, port }),
    ...credentials,
    db,
    ...(tls && { tls }),
  };
}

function endpointOf({ url, socket }: ClientOptions): Endpoint {
  const { hostname, port } = url === undefined ? { hostname: '', port: '' } : new URL(url);
  return {
    host: socket?.host ?? (hostname || '127.0.0.1'),
    port: socket?.port ?? (Number(port) || 6379),
  };
}

/** Options of node-redis that are not those of `tls.connect`. */
const OF_SOCKET = [
  'host',
  'port',
  'path',
  'tls',
  'reconnectStrategy',
  'connectTimeout',
  'keepAlive',
];

/** node-redis has them beside `tls: true`, ioredis inside. */
function tlsOf(address: Address | undefined): true | TlsOptions | undefined {
  if (!address?.tls) return undefined;
  if (typeof address.tls === 'object') return address.tls;
  const own = Object.entries(address).filter(([name]) => !OF_SOCKET.includes(name));
  return own.length === 0 ? true : Object.fromEntries(own);
}
