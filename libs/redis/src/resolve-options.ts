import { resolveCacheOptions, type ResolvedCacheOptions } from './cache/cache.options.js';
import { ConfigurationError } from './common/errors.js';
import { DEFAULT_CONNECTION } from './connection/inject-redis.decorator.js';
import { resolveConnection, type ResolvedConnection } from './connection/resolve-connection.js';
import type { RedisModuleOptions } from './redis.options.js';
import { resolveSessionOptions } from './session/resolve-session-options.js';
import type { ResolvedSessionOptions } from './session/session.options.js';
import {
  resolveStructuresOptions,
  type ResolvedStructuresOptions,
} from './structures/structures.options.js';

export interface ResolvedOptions {
  readonly connections: ReadonlyMap<string, ResolvedConnection>;
  readonly cache: ResolvedCacheOptions;
  readonly session: ResolvedSessionOptions | undefined;
  readonly structures: ResolvedStructuresOptions;
}

/**
 * Checks all options at once, when the module is built.
 *
 * @param declared connection names that the module has providers for
 * @throws ConfigurationError that names the option, the value and the remedy
 */
export function resolveOptions(
  options: RedisModuleOptions,
  declared: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ResolvedOptions {
  const connections = resolveConnections(options, declared);
  const cache = resolveCacheOptions(options.cache);
  const session = options.session && resolveSessionOptions(options.session, env);
  const structures = resolveStructuresOptions(options.structures);
  checkConnection(cache.connection, 'cache.connection', connections);
  checkConnection(structures.connection, 'structures.connection', connections);
  if (session) checkConnection(session.connection, 'session.connection', connections);
  if (session?.waitForReplicas) refuseCluster(connections.get(session.connection)!);
  return { connections, cache, session, structures };
}

function resolveConnections(
  options: RedisModuleOptions,
  declared: readonly string[],
): Map<string, ResolvedConnection> {
  const resolved = new Map([
    [DEFAULT_CONNECTION, resolveConnection(options?.connection, 'connection')],
  ]);
  for (const [name, connection] of Object.entries(options.connections ?? {})) {
    const path = `connections.${name}`;
    if (name === DEFAULT_CONNECTION)
      throw new ConfigurationError(
        path,
        'given twice',
        'The default connection is the option `connection`.',
      );
    if (!declared.includes(name)) {
      throw new ConfigurationError(
        path,
        'not declared',
        `Add connectionNames: ['${name}'] beside useFactory in forRootAsync.`,
      );
    }
    resolved.set(name, resolveConnection(connection, path));
  }
  return resolved;
}

/** There each key has replicas of its own, and WAIT asks those of one server. */
function refuseCluster(connection: ResolvedConnection): void {
  const isCluster =
    connection.kind === 'cluster' || (connection.kind === 'client' && connection.client.isCluster);
  if (!isCluster) return;
  throw new ConfigurationError(
    'session.waitForReplicas',
    'not possible on a Cluster',
    'Leave it out, and set `min-replicas-to-write 1` in redis.conf against writes without any replica.',
  );
}

function checkConnection(
  name: string,
  option: string,
  connections: ReadonlyMap<string, ResolvedConnection>,
): void {
  if (connections.has(name)) return;
  throw new ConfigurationError(
    option,
    name,
    `Configured connections: ${[...connections.keys()].join(', ')}. Add it to \`connections\`.`,
  );
}
