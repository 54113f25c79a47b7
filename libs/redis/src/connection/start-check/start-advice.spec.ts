import { describe, expect, it } from '@jest/globals';
import type { CommandUse } from './used-commands.js';
import { startAdvice, type ServerFacts } from './start-advice.js';

const local = { isLocal: true, isPublic: false, hasTls: false, hasSecret: false };
const remote = { isLocal: false, isPublic: false, hasTls: false, hasSecret: true };
const both: readonly CommandUse[] = ['cache', 'sessions'];

const fine: ServerFacts = {
  connection: 'default',
  endpoint: remote,
  uses: both,
  isProduction: true,
  version: '6.2.0',
  missing: [],
  policy: 'noeviction',
  maxBytes: 1000,
  isAppendOnly: true,
  takesSnapshots: true,
};
const caching: Partial<ServerFacts> = {
  uses: ['cache'],
  policy: 'allkeys-lfu',
  isAppendOnly: false,
  takesSnapshots: false,
};
const developing: Partial<ServerFacts> = {
  endpoint: local,
  isProduction: false,
  maxBytes: 0,
  isAppendOnly: false,
  takesSnapshots: false,
};

describe('advice at start', () => {
  it.each<[string, Partial<ServerFacts>, readonly RegExp[]]>([
    ['all is well', {}, []],
    ['it only caches and is set up for it', caching, []],
    ['it is a server for development', developing, []],
    [
      'it tells nothing',
      {
        version: undefined,
        policy: undefined,
        maxBytes: undefined,
        isAppendOnly: undefined,
        takesSnapshots: undefined,
      },
      [],
    ],
    [
      'a command is missing',
      { missing: ['UNLINK'] },
      [/lacks UNLINK, needed for cache and sessions/],
    ],
    ['a command of one use is missing', { missing: ['HGETALL'] }, [/needed for sessions\./]],
    [
      'it is older than 6.2, in one line with what it lacks',
      { version: '6.0.16', missing: ['XAUTOCLAIM'] },
      [/is Redis 6\.0\.16, and 6\.2 is the oldest .* lacks XAUTOCLAIM and more.*update/],
    ],
    ['it is older and lacks no command', { version: '5.0.14' }, [/is Redis 5\.0\.14/]],
    ['it is newer', { version: '10.0.1' }, []],
    ['it tells a version that says nothing', { version: 'unstable' }, []],
    ['there is no password', { endpoint: { ...remote, hasSecret: false } }, [/without a password/]],
    ['there is no password on this machine', { endpoint: local }, []],
    ['it is far away in clear', { endpoint: { ...remote, isPublic: true } }, [/rediss:/]],
    ['it is far away by TLS', { endpoint: { ...remote, isPublic: true, hasTls: true } }, []],
    ['sessions may be evicted', { policy: 'allkeys-lru' }, [/allkeys-lru` may evict sessions/]],
    ['sessions may be evicted for their TTL', { policy: 'volatile-ttl' }, [/may evict sessions/]],
    ['nothing is ever evicted for want of a limit', { policy: 'allkeys-lru', maxBytes: 0 }, []],
    [
      'a cache refuses entries when full',
      { ...caching, policy: 'noeviction' },
      [/refuses new entries/],
    ],
    [
      'a cache grows without a limit',
      { ...caching, policy: 'noeviction', maxBytes: 0 },
      [/no `maxmemory`/],
    ],
    ['a cache writes to disk', { ...caching, isAppendOnly: true }, [/`appendonly no`/]],
    [
      'sessions are kept nowhere',
      { isAppendOnly: false, takesSnapshots: false },
      [/logs everybody out/],
    ],
    ['sessions are kept in snapshots', { isAppendOnly: false }, []],
    ['snapshots are not told', { isAppendOnly: false, takesSnapshots: undefined }, []],
    [
      'changes wait in snapshots only',
      { ...caching, uses: ['write-behind', 'cache'], takesSnapshots: true },
      [/lost when the server restarts/],
    ],
  ])('where %s', (_, change, expected) => {
    const lines = startAdvice({ ...fine, ...change });
    expect(lines).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(lines[at]).toMatch(pattern);
  });

  it('names the connection', () => {
    const [line] = startAdvice({ ...fine, connection: 'sessions', missing: ['GET'] });
    expect(line).toMatch(/^Redis connection `sessions`: /);
  });
});
