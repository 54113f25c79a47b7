import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { USED_COMMANDS } from './used-commands.js';

const SRC = join(import.meta.dirname, '../..');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith('testing/'),
  )
  .map((file) => readFileSync(join(SRC, file), 'utf8'))
  // What a doc comment shows is not sent.
  .map((text) => text.replaceAll(/\/\*\*[\s\S]*?\*\//g, ''));

/** Since which version Redis has what is used (redis.io/commands). Nothing above 6.2 may be in it. */
const BY_VERSION: Readonly<Record<string, string>> = {
  '1.0': 'DBSIZE DEL EXISTS GET INFO MGET PING QUIT RENAME SET',
  '1.2': 'ZADD ZCARD ZRANGE ZREVRANGE ZRANGEBYSCORE ZREM ZREMRANGEBYSCORE ZSCORE',
  '2.0':
    'CONFIG HDEL HGET HGETALL HINCRBY HLEN HSET PSUBSCRIBE PUBLISH PUNSUBSCRIBE SUBSCRIBE ZCOUNT ZRANK ZREVRANK',
  '2.2': 'OBJECT PERSIST SLOWLOG',
  '2.6': 'EVAL EVALSHA PEXPIRE PEXPIREAT PTTL SCRIPT TIME',
  '2.8': 'COMMAND LATENCY SCAN',
  '3.0': 'WAIT',
  '4.0': 'MEMORY UNLINK',
  '5.0': 'XACK XADD XCLAIM XDEL XGROUP XINFO XLEN XPENDING XRANGE XREADGROUP XTRIM',
  '6.2': 'XAUTOCLAIM',
};
const SINCE: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(BY_VERSION).flatMap(([version, names]) =>
    names.split(' ').map((name) => [name, Number(version)]),
  ),
);

/** Methods of ioredis that are no commands. */
const NO_COMMANDS = new Set([
  'call',
  'pcall',
  'connect',
  'disconnect',
  'duplicate',
  'nodes',
  'on',
  'once',
  'off',
  'emit',
]);

const inScripts = sources.flatMap((text) =>
  [...text.matchAll(/\b(?:redis\.p?call|\.callBuffer|\.call)\(\s*'([A-Za-z]+)'/g)].map(
    ([, command]) => command!.toUpperCase(),
  ),
);
const byMethod = sources.flatMap((text) =>
  [...text.matchAll(/\b(?:client|redis|subscriber|node|client\(\))\.([a-z]+?)(?:Buffer)?\(/g)]
    .map(([, method]) => method!)
    .filter((method) => !NO_COMMANDS.has(method))
    .map((method) => method.toUpperCase()),
);
/** Words that are both: methods of our own classes named `redis` or `node`. */
const OURS = new Set([
  'DELETE',
  'REPLACE',
  'PACK',
  'UNPACK',
  'CHECK',
  'COMMIT',
  'STOP',
  'PREPARE',
  'RUN',
  'UNSUBSCRIBE',
]);

describe('used commands', () => {
  it('are found at all', () => {
    expect(inScripts.length).toBeGreaterThan(80);
    expect(byMethod).toContain('GET');
  });

  it('are in Redis 6.2, each of them', () => {
    const all = [...inScripts, ...byMethod.filter((name) => !OURS.has(name))];
    const unknown = [...new Set(all)].filter((command) => !((SINCE[command] ?? Infinity) <= 6.2));
    expect(unknown).toEqual([]);
  });

  it('are asked for at start, those of every script', () => {
    const asked = new Set<string>(Object.values(USED_COMMANDS).flat());
    // Of the check itself, and of ioredis where a server restarted.
    const own = ['COMMAND', 'CONFIG', 'SCRIPT'];
    const missing = [...new Set(inScripts)].filter((one) => !asked.has(one) && !own.includes(one));
    expect(missing).toEqual([]);
    for (const command of asked) expect(SINCE[command]).toBeLessThanOrEqual(6.2);
  });

  it('take no option that came after 6.2', () => {
    // EXPIRE NX/XX/GT/LT, sharded pub/sub, functions, hash field TTLs, conditional SET: 7.0 and later.
    const newer =
      /'P?EXPIRE(?:AT)?',[^)]*'(?:NX|XX|GT|LT)'|\bS(?:SUBSCRIBE|PUBLISH)\b|\bFCALL|\bEVAL(?:SHA)?_RO\b|\bHP?EXPIRE|'IF(?:EQ|NE)'|\bP?EXPIRETIME\b|\b[LZ]MPOP\b/;
    const found = sources.flatMap((text) => newer.exec(text)?.[0] ?? []);
    expect(found).toEqual([]);
  });
});
