import { aclRules, type RedisModuleOptions } from 'nestjs-redis-kit';
import type { RedisNode, TestUser } from 'nestjs-redis-kit/testing';
import { SECRET } from './app.js';

export const LEAST_USER = 'least';

/** Everything that the suites switch on. */
const OPTIONS: Omit<RedisModuleOptions, 'connection'> = {
  session: { secret: SECRET, expiryEvents: true, shareEvents: true },
};

/**
 * A user with the commands of an application that uses everything. Any key and channel, since suites have prefixes of
 * their own; the tests of `access` show these.
 */
export function leastUser(isCluster: boolean): TestUser {
  const connection = isCluster ? 'redis-cluster://127.0.0.1' : 'redis://127.0.0.1';
  const [rule] = aclRules(
    { connection, ...OPTIONS },
    { features: ['write-behind', 'leaderboards', 'pub-sub', 'streams', 'inspection'] },
  );
  const commands = rule!.commands.map((command) => `+${command}`);
  return {
    username: LEAST_USER,
    password: 'a password of tests',
    rules: ['~*', '&*', ...commands],
  };
}

/**
 * @param user who is asked about; everybody if not given
 * @throws when Redis has refused anything: the library may have gone on without it, and nobody would know
 */
export async function expectNothingRefused(nodes: readonly RedisNode[], user = ''): Promise<void> {
  const logs = nodes.filter(({ isRunning }) => isRunning).map(refusedBy);
  const refused = (await Promise.all(logs))
    .flat()
    .filter((one) => one.endsWith(` to ${user}`) || user === '');
  if (refused.length > 0) throw new Error(`Redis refused: ${[...new Set(refused)].join('; ')}`);
}

/** The check at start asks for the first, ioredis tells Redis 7.2 and later the second; both go on without. */
const FOREGONE = /config\|get|client\|setinfo/;

/** What a server has refused to anybody, but what nobody needs. */
export async function refusedBy(node: RedisNode): Promise<string[]> {
  const log = (await node.call('ACL', 'LOG')) as Record<string, unknown>[] | unknown[][];
  const refused = log.map((entry) => {
    const { reason, context, object, username } = Array.isArray(entry) ? fields(entry) : entry;
    return `${String(reason)} ${String(object)} (${String(context)}) to ${String(username)}`;
  });
  return refused.filter((one) => !FOREGONE.test(one));
}

function fields(flat: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]] as const] : [])),
  );
}
