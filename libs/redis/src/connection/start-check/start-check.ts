import type { Redis } from 'ioredis';
import { withDeadline } from '../deadline.js';
import { isCluster, type ClientRole } from '../redis-client.js';
import type { RedisConnections } from '../redis-connections.js';
import { infoNumber, parseInfo } from '../redis-info.js';
import { endpointFacts, type EndpointFacts } from './endpoint.js';
import { startAdvice, type ServerFacts } from './start-advice.js';
import { commandsOf, type CommandUse } from './used-commands.js';

/** Longest wait for what a server tells of itself. */
const LIMIT_MS = 1500;

export interface CheckedConnection {
  readonly connection: string;
  /** Whose client asks: one that is there already. */
  readonly role: ClientRole;
  readonly uses: readonly CommandUse[];
}

export interface StartCheckOptions {
  readonly connections: RedisConnections;
  readonly checked: readonly CheckedConnection[];
  readonly isProduction: boolean;
  readonly log: (line: string) => void;
}

/**
 * Looks once at every server and says what does not fit: commands that it lacks, and a set-up that loses data or lets
 * others in. Three commands per connection, at most 1.5 seconds; what the server refuses to tell is not judged. It
 * never fails, so nobody need wait for it.
 */
export async function checkServers(options: StartCheckOptions): Promise<void> {
  const advice = await Promise.all(options.checked.map((one) => check(one, options)));
  for (const line of advice.flat()) options.log(line);
}

async function check(
  { connection, role, uses }: CheckedConnection,
  { connections, isProduction }: StartCheckOptions,
): Promise<string[]> {
  const resolved = connections.resolved(connection);
  const endpoint = resolved && endpointFacts(resolved);
  const redis = primaryOf(connections, { connection, role });
  if (!endpoint || !redis) return [];
  const answers = await ask(redis, commandsOf(uses));
  return startAdvice({ connection, endpoint, uses, isProduction, ...answers });
}

/** One speaks for all of a Cluster. Undefined while there is no connection: that is said elsewhere. */
function primaryOf(
  connections: RedisConnections,
  { connection, role }: { readonly connection: string; readonly role: ClientRole },
): Redis | undefined {
  const open = connections.opened.find((one) => one.name === connection && one.role === role);
  if (open?.client.status !== 'ready') return undefined;
  return isCluster(open.client) ? open.client.nodes('master')[0] : open.client;
}

type Told = Omit<
  ServerFacts,
  keyof EndpointFacts | 'connection' | 'endpoint' | 'uses' | 'isProduction'
>;

async function ask(redis: Redis, commands: readonly string[]): Promise<Told> {
  // Sent together: one round trip, however many questions.
  const [info, known, save] = await Promise.all([
    told(redis.info()),
    told(redis.call('COMMAND', 'INFO', ...commands)),
    told(redis.config('GET', 'save')),
  ]);
  const fields = parseInfo(typeof info === 'string' ? info : '');
  const aof = infoNumber(fields, 'aof_enabled');
  return {
    version: fields.get('redis_version'),
    missing: Array.isArray(known) ? commands.filter((_, at) => known[at] === null) : [],
    policy: fields.get('maxmemory_policy'),
    maxBytes: infoNumber(fields, 'maxmemory'),
    isAppendOnly: aof === undefined ? undefined : aof === 1,
    takesSnapshots: snapshots(save),
  };
}

/** Undefined for what the server refuses to tell, or not in time. */
async function told(reply: Promise<unknown>): Promise<unknown> {
  return withDeadline(reply, LIMIT_MS).catch(() => undefined);
}

/** `['save', '3600 1 …']`, with an empty text for none; a map in RESP3 that ioredis flattens. */
function snapshots(reply: unknown): boolean | undefined {
  return Array.isArray(reply) && reply.length > 1 ? reply[1] !== '' : undefined;
}
