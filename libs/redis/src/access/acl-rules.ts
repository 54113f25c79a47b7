import type { RedisOptions } from 'ioredis';
import type { ResolvedCacheOptions } from '../cache/cache.options.js';
import { isCluster } from '../connection/redis-client.js';
import type { ResolvedConnection } from '../connection/resolve-connection.js';
import type { ResolvedSessionOptions } from '../session/session.options.js';
import { indexStart } from '../session/users/user-keys.js';
import { besideKey } from '../session/session-commands.js';
import type { ResolvedStructuresOptions } from '../structures/structures.options.js';
import {
  CLUSTER_COMMANDS,
  CONNECTION_COMMANDS,
  EXPIRY_COMMANDS,
  FEATURE_COMMANDS,
  SENTINEL_CHANNELS,
  SENTINEL_COMMANDS,
  SHARED_EVENTS_COMMANDS,
  WAIT_COMMANDS,
  type AclFeature,
} from './acl-commands.js';

/** The options of the module after the check at the door, as far as rules depend on them. */
export interface AclSubject {
  readonly connections: ReadonlyMap<string, ResolvedConnection>;
  readonly cache: Pick<ResolvedCacheOptions, 'connection' | 'prefix'>;
  readonly session:
    | Pick<
        ResolvedSessionOptions,
        'connection' | 'prefix' | 'sweepIntervalMs' | 'shareEvents' | 'waitForReplicas'
      >
    | undefined;
  readonly structures: Pick<ResolvedStructuresOptions, 'connection' | 'prefix'>;
}

/** What an application uses that its options do not say. */
export interface AclUses {
  /** Beside the cache and, where there are session options, sessions. Default none. */
  readonly features?: readonly AclFeature[];
  /** Patterns that the application subscribes to, such as `chat:*`: Redis wants each of them named. Default none. */
  readonly patterns?: readonly string[];
  /**
   * True on Redis 7.2 and later: ioredis tells such a server its name and version (CLIENT SETINFO), and a
   * refusal, which does no harm, would stand in `ACL LOG`. Older servers refuse a rule with it. Default false.
   */
  readonly clientInfo?: boolean;
}

/** What one user on the servers of one connection needs. */
export interface AclRule {
  /** Name of the connection. */
  readonly connection: string;
  /** `sentinel`: for the users of the Sentinels themselves, which are apart from those of the servers. */
  readonly server: 'redis' | 'sentinel';
  /** In lower case, a subcommand after `|`, sorted. */
  readonly commands: readonly string[];
  readonly keys: readonly string[];
  readonly channels: readonly string[];
  /** The same as words for `ACL SETUSER <name>`: all rights taken away, then these given. Redis 6.2 and later. */
  readonly rules: readonly string[];
}

interface Need {
  readonly connection: string;
  readonly commands: readonly string[];
  readonly keys?: readonly string[];
  readonly channels?: readonly string[];
}

/** The rules of all connections that the module itself uses. */
export function rulesFor(subject: AclSubject, uses: AclUses = {}): AclRule[] {
  const needs = [
    ...cacheNeeds(subject, uses),
    ...sessionNeeds(subject),
    ...structureNeeds(subject, uses),
  ];
  return [...subject.connections].flatMap(([name, connection]) => {
    const own = needs.filter((need) => need.connection === name);
    if (own.length === 0) return [];
    const commands = [
      ...CONNECTION_COMMANDS,
      ...connectionCommands(connection, uses),
      ...(uses.features?.includes('inspection') ? FEATURE_COMMANDS.inspection : []),
    ];
    const rule = joined(name, 'redis', [...own, { connection: name, commands }]);
    return isSentinel(connection) ? [rule, sentinelRule(name)] : [rule];
  });
}

function cacheNeeds(
  { cache: { connection, prefix } }: AclSubject,
  { features = [] }: AclUses,
): Need[] {
  const kinds = ['entry', 'lease', 'generation'];
  const cache = {
    connection,
    commands: FEATURE_COMMANDS.cache,
    keys: kinds.map((kind) => `${prefix}${kind}:*`),
  };
  const needs: Need[] = [{ ...cache, channels: [`${prefix}bus`, `${prefix}wake`] }];
  if (features.includes('write-behind')) {
    const own = ['changes', 'unsaved', 'dead', 'owner', 'writers'];
    const keys = own.map((kind) => `${prefix}${kind}:*`);
    needs.push({ connection, commands: FEATURE_COMMANDS['write-behind'], keys });
  }
  return needs;
}

function sessionNeeds({ session }: AclSubject): Need[] {
  if (!session) return [];
  const { connection, prefix } = session;
  const index = indexStart(prefix);
  const beside = (['ended', 'written'] as const).map((kind) => besideKey(kind, `${prefix}*`));
  const kinds = ['user', 'epoch', 'handle'].map((kind) => `${index}${kind}:*`);
  const needs: Need[] = [
    { connection, commands: FEATURE_COMMANDS.sessions, keys: [`${prefix}*`, ...beside, ...kinds] },
  ];
  if (session.sweepIntervalMs !== undefined) {
    const keys = [`${index}due:*`, `${index}due-of:*`];
    needs.push({ connection, commands: EXPIRY_COMMANDS, keys });
  }
  if (session.waitForReplicas)
    needs.push({ connection, commands: WAIT_COMMANDS, channels: [`${index}wait`] });
  if (session.shareEvents)
    needs.push({ connection, commands: SHARED_EVENTS_COMMANDS, channels: [`${index}events`] });
  return needs;
}

function structureNeeds({ structures: { connection, prefix } }: AclSubject, uses: AclUses): Need[] {
  const { features = [], patterns = [] } = uses;
  const channel = `${prefix}channel:`;
  const places: Partial<Record<AclFeature, Pick<Need, 'keys' | 'channels'>>> = {
    leaderboards: { keys: [`${prefix}leaderboard:*`] },
    'pub-sub': { channels: [`${channel}*`, ...patterns.map((pattern) => channel + pattern)] },
    streams: { keys: [`${prefix}stream:*`], channels: [`${prefix}stream-wake`] },
  };
  return features.flatMap((feature) => {
    const place = places[feature];
    return place ? [{ connection, commands: FEATURE_COMMANDS[feature], ...place }] : [];
  });
}

function connectionCommands(connection: ResolvedConnection, { clientInfo }: AclUses): string[] {
  const hasSlots =
    connection.kind === 'cluster' || (connection.kind === 'client' && isCluster(connection.client));
  const redis = redisOptionsOf(connection);
  return [
    ...(hasSlots ? CLUSTER_COMMANDS : []),
    ...(redis?.db ? ['select'] : []),
    ...(redis?.connectionName ? ['client|setname'] : []),
    ...(clientInfo ? ['client|setinfo'] : []),
  ];
}

/** Of one server, or one behind Sentinel; also those of a client of the application. */
function redisOptionsOf(connection: ResolvedConnection): RedisOptions | undefined {
  if (connection.kind === 'redis') return connection.redis;
  if (connection.kind !== 'client' || isCluster(connection.client)) return undefined;
  return connection.client.options;
}

function isSentinel(connection: ResolvedConnection): boolean {
  return Boolean(redisOptionsOf(connection)?.sentinels);
}

function sentinelRule(connection: string): AclRule {
  const need = { connection, commands: SENTINEL_COMMANDS, channels: SENTINEL_CHANNELS };
  return joined(connection, 'sentinel', [need]);
}

function joined(connection: string, server: AclRule['server'], needs: readonly Need[]): AclRule {
  const commands = unique(needs.flatMap((need) => need.commands)).toSorted();
  const keys = unique(needs.flatMap((need) => need.keys ?? []));
  const channels = unique(needs.flatMap((need) => need.channels ?? []));
  const rules = [
    'resetkeys',
    ...keys.map((key) => `~${key}`),
    'resetchannels',
    ...channels.map((channel) => `&${channel}`),
    '-@all',
    ...commands.map((command) => `+${command}`),
  ];
  return { connection, server, commands, keys, channels, rules };
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
