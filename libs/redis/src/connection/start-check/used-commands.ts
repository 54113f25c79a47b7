/**
 * Every command that the module sends, itself or in its scripts, by what needs it. All of them are in Redis 6.2; what
 * a server lacks (renamed, a fork, a proxy) is said at start. Whether it has one is asked by COMMAND INFO, never
 * concluded from a version: Valkey reports 7.2.4. A Redis before 6.2 is named as such all the same, see `startAdvice`.
 */
export const USED_COMMANDS = {
  cache: list(
    'EVAL EVALSHA GET MGET SET DEL UNLINK EXISTS PTTL PEXPIRE PUBLISH SUBSCRIBE TIME PING',
  ),
  'write-behind': list(
    'XADD XACK XAUTOCLAIM XDEL XGROUP XINFO XLEN XRANGE XREADGROUP HGET HSET HDEL ' +
      'ZADD ZCARD ZREM ZRANGEBYSCORE ZREMRANGEBYSCORE',
  ),
  sessions: list(
    'EVAL EVALSHA GET SET DEL UNLINK EXISTS PTTL PEXPIRE SCAN HGET HSET HDEL HGETALL TIME ' +
      'ZADD ZREM ZRANGEBYSCORE',
  ),
  structures: list(
    'EVAL EVALSHA GET SET DEL UNLINK EXISTS RENAME PERSIST PEXPIRE PEXPIREAT HGET HSET HDEL HINCRBY ' +
      'ZADD ZCARD ZCOUNT ZRANGE ZRANK ZREM ZREVRANGE ZREVRANK ZSCORE PUBLISH SUBSCRIBE PSUBSCRIBE ' +
      'XADD XACK XCLAIM XDEL XGROUP XINFO XLEN XPENDING XRANGE XREADGROUP XTRIM',
  ),
  /** Each has its answer in `missing` where the server lacks it. */
  inspection: list('INFO SLOWLOG LATENCY MEMORY OBJECT DBSIZE SCAN PTTL HLEN'),
} satisfies Readonly<Record<string, readonly string[]>>;

export type CommandUse = keyof typeof USED_COMMANDS;

/** The commands of the uses, each once. */
export function commandsOf(uses: readonly CommandUse[]): string[] {
  return [...new Set(uses.flatMap((use) => USED_COMMANDS[use]))];
}

/** The uses that something missing takes away. */
export function usesOf(missing: readonly string[], uses: readonly CommandUse[]): CommandUse[] {
  return uses.filter((use) => USED_COMMANDS[use].some((command) => missing.includes(command)));
}

function list(names: string): readonly string[] {
  return names.split(' ');
}
