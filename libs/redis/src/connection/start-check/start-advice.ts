import type { EndpointFacts } from './endpoint.js';
import { usesOf, type CommandUse } from './used-commands.js';

/** What is known of a server when the application starts; undefined for what it does not tell. */
export interface ServerFacts {
  /** Name of the connection. */
  readonly connection: string;
  readonly endpoint: EndpointFacts;
  readonly uses: readonly CommandUse[];
  /** NODE_ENV is `production`. */
  readonly isProduction: boolean;
  /** `redis_version` of INFO; forks report the Redis that they are compatible with. */
  readonly version: string | undefined;
  /** Used commands that the server does not know. */
  readonly missing: readonly string[];
  readonly policy: string | undefined;
  /** `maxmemory` in bytes; 0 for no limit. */
  readonly maxBytes: number | undefined;
  readonly isAppendOnly: boolean | undefined;
  readonly takesSnapshots: boolean | undefined;
}

/** The oldest Redis that has all that the module uses. */
const LEAST = { major: 6, minor: 2 };

/** Pure: what should be said about a server, one line each. Empty where nothing is to be said. */
export function startAdvice(facts: ServerFacts): string[] {
  const found = [age, missing, password, tls, eviction, persistence].map((rule) => rule(facts));
  return found
    .filter((line) => line !== undefined)
    .map((line) => `Redis connection \`${facts.connection}\`: ${line}`);
}

/** Commands are not all: options of them, scripts and access rules came with 6.2 too, and no server tells of these. */
function age({ version, missing: commands }: ServerFacts): string | undefined {
  if (!isTooOld(version)) return undefined;
  const without = commands.length > 0 ? ` It lacks ${commands.join(', ')} and more.` : '';
  return (
    `the server is Redis ${version}, and ${LEAST.major}.${LEAST.minor} is the oldest that has all this needs.` +
    `${without} Some operations will fail; update the server to Redis ${LEAST.major}.${LEAST.minor} or later, or Valkey.`
  );
}

/** False for what cannot be read: a server is not judged by what it does not say. */
function isTooOld(version: string | undefined): boolean {
  const numbers = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (!numbers) return false;
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  return major < LEAST.major || (major === LEAST.major && minor < LEAST.minor);
}

function missing({ version, missing: commands, uses }: ServerFacts): string | undefined {
  if (commands.length === 0 || isTooOld(version)) return undefined;
  return (
    `the server lacks ${commands.join(', ')}, needed for ${usesOf(commands, uses).join(' and ')}. ` +
    'Redis 6.2 and Valkey have them all; see that they are not renamed.'
  );
}

function password({ endpoint }: ServerFacts): string | undefined {
  if (endpoint.isLocal || endpoint.hasSecret) return undefined;
  return (
    'anyone who reaches the server may do everything, as the user `default` without a password. ' +
    'Make an ACL user and give `username` and `password`.'
  );
}

function tls({ endpoint }: ServerFacts): string | undefined {
  if (!endpoint.isPublic || endpoint.hasTls) return undefined;
  return 'data and password cross a network in clear. Use rediss:// or `tls`.';
}

/** redis.conf, "maxmemory-policy": every session has a TTL, so `volatile-*` evicts sessions too. */
function eviction({
  uses,
  policy,
  maxBytes,
  endpoint,
  isProduction,
}: ServerFacts): string | undefined {
  if (policy === undefined || maxBytes === undefined) return undefined;
  const hasLimit = maxBytes > 0;
  if (uses.includes('sessions')) {
    if (!hasLimit || policy === 'noeviction') return undefined;
    return (
      `\`maxmemory-policy ${policy}\` may evict sessions, which logs users out. ` +
      'Set `noeviction`, or give sessions a Redis of their own by `session.connection`.'
    );
  }
  if (policy !== 'noeviction' || !(hasLimit || isServing({ endpoint, isProduction })))
    return undefined;
  return hasLimit
    ? '`maxmemory-policy noeviction` refuses new entries once memory is full. Set `allkeys-lfu` for a server that only caches.'
    : 'a server that only caches has no `maxmemory`. Set one, with `maxmemory-policy allkeys-lfu`.';
}

function persistence({
  uses,
  isAppendOnly,
  takesSnapshots,
  endpoint,
  isProduction,
}: ServerFacts): string | undefined {
  const keeps = uses.includes('sessions') || uses.includes('write-behind');
  if (!keeps && isAppendOnly === true)
    return 'a server that only caches writes every command to disk. Set `appendonly no`.';
  if (!keeps || isAppendOnly !== false || !isServing({ endpoint, isProduction })) return undefined;
  if (uses.includes('write-behind'))
    return 'changes that wait for their source are lost when the server restarts. Set `appendonly yes`.';
  if (takesSnapshots !== false) return undefined;
  return 'the server keeps nothing on disk, so a restart logs everybody out. Set `appendonly yes`.';
}

/** A server for development need not be set up like one that counts. */
function isServing({
  endpoint,
  isProduction,
}: Pick<ServerFacts, 'endpoint' | 'isProduction'>): boolean {
  return isProduction || !endpoint.isLocal;
}
