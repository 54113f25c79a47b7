import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  aclRules,
  CacheService,
  getRedisToken,
  RedisInspector,
  SessionService,
  type RedisClient,
} from 'nestjs-redis-kit';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import {
  startCluster,
  startSentinel,
  startStandalone,
  type RedisNode,
  type TestUser,
} from 'nestjs-redis-kit/testing';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { expectNothingRefused, refusedBy } from '../support/least-user.js';
import { OPTIONS, start, travel } from './journey.js';

jest.setTimeout(120_000);

const USES = {
  features: ['write-behind', 'leaderboards', 'pub-sub', 'streams'],
  patterns: ['chat:*'],
} as const;

/** Allowed, but not on every journey: a slot that moves, a replica that is promoted, what nobody reads for long. */
const RARE = new Set(
  'ping asking readonly readwrite mget xtrim zrangebyscore xgroup|delconsumer xinfo|stream'.split(
    ' ',
  ),
);

/** Commands that the servers have seen. Before 7.0 they are counted without their subcommands. */
async function sentTo(nodes: readonly RedisNode[]): Promise<{ has(command: string): boolean }> {
  const texts = await Promise.all(nodes.map((node) => node.call('INFO', 'commandstats')));
  const seen = new Set([...texts.join().matchAll(/cmdstat_([^:]+):/g)].map(([, name]) => name!));
  return { has: (command) => seen.has(command) || seen.has(command.split('|')[0]!) };
}

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** With the rules that such a connection needs, and the password of the user. */
function userOf(connection: string, uses = {}): TestUser {
  const [rule] = aclRules({ connection, ...OPTIONS }, uses);
  return { username: 'shop', password: 'a password of tests', rules: rule!.rules };
}

interface Servers {
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  stop(): Promise<void>;
}

const TOPOLOGIES: [string, () => Promise<Servers>][] = [
  ['one server', () => startStandalone({ user: userOf('redis://a', USES) })],
  ['a Cluster', () => startCluster({ user: userOf('redis-cluster://a', USES) })],
  ['Sentinel', () => startSentinel({ user: userOf('redis-sentinel://a#mymaster', USES) })],
];

describe('a user with no more than the rules of aclRules', () => {
  it.each(TOPOLOGIES)(
    'uses every feature on %s, and nothing is refused',
    async (_, startServers) => {
      const servers = await startServers();
      undo.push(() => servers.stop());
      const app = await start(servers.url);
      try {
        await travel(app);
      } finally {
        await app.close();
      }
      await expectNothingRefused(servers.nodes);
      const [rule] = aclRules({ connection: servers.url, ...OPTIONS }, USES);
      const sent = await sentTo(servers.nodes);
      const unused = rule!.commands.filter((command) => !sent.has(command) && !RARE.has(command));
      expect(unused).toEqual([]);
    },
  );
});

/** Everything that looks at Redis, and what it could not see. */
async function lookAround(app: INestApplication): Promise<string[]> {
  const inspector = app.get(RedisInspector);
  const budget = { time: '20s' } as const;
  const all = await Promise.all([
    inspector.servers(budget),
    inspector.slowLog(budget),
    inspector.latency(budget),
    inspector.keys(budget),
    inspector.caches(budget),
    inspector.sessions(budget),
    inspector.warnings(budget),
  ]);
  return all.flatMap(({ missing }) => missing);
}

describe('a user who may inspect too', () => {
  it.each([
    ['one server', 'redis://a', startStandalone],
    ['a Cluster', 'redis-cluster://a', startCluster],
  ])('sees all there is on %s, and nothing is refused', async (_, kind, startServers) => {
    const user = userOf(kind, { features: ['inspection'] });
    const servers: Servers = await startServers({ user });
    undo.push(() => servers.stop());
    const imports = [RedisMetricsModule.forRoot()];
    const app = await startApp({ connection: servers.url, ...OPTIONS }, { imports });
    undo.push(() => app.close());
    await app.get(CacheService).set('key', 'value');
    await app.get(SessionService).create({ userId: 'ann' });
    expect(await lookAround(app)).toEqual([]);
    await expectNothingRefused(servers.nodes);
  });

  it('is told what others than their rule would show', async () => {
    const servers = await startStandalone({ user: userOf('redis://a') });
    undo.push(() => servers.stop());
    const app = await startApp({ connection: servers.url, ...OPTIONS });
    undo.push(() => app.close());
    expect((await lookAround(app)).join()).toMatch(/SLOWLOG.*NOPERM/);
  });
});

describe('a user who waits for replicas', () => {
  it('logs in, and nothing is refused', async () => {
    const session = { ...OPTIONS.session, waitForReplicas: { count: 1, timeout: '10s' } } as const;
    const [rule] = aclRules({ connection: 'redis-sentinel://a#mymaster', ...OPTIONS, session });
    const user = { username: 'shop', password: 'a password of tests', rules: rule!.rules };
    const servers = await startSentinel({ user });
    undo.push(() => servers.stop());
    const app = await startApp({ connection: servers.url, ...OPTIONS, session });
    undo.push(() => app.close());
    expect(await app.get(SessionService).create({ userId: 'ann' })).toBeDefined();
    await expectNothingRefused(servers.nodes);
    const sent = await sentTo(servers.nodes);
    expect(['wait', 'publish'].filter((command) => !sent.has(command))).toEqual([]);
  });
});

describe('a user of the Sentinels with no more than their rules', () => {
  it('finds the primary and hears of failovers, and nothing is refused', async () => {
    const servers = await startSentinel();
    undo.push(() => servers.stop());
    const { connection, sentinels } = servers;
    const rule = aclRules({ connection, ...OPTIONS }).find(({ server }) => server === 'sentinel');
    for (const sentinel of sentinels)
      await sentinel.call('ACL', 'SETUSER', 'watcher', 'on', '>secret', ...rule!.rules);
    const credentials = { sentinelUsername: 'watcher', sentinelPassword: 'secret' };
    const app = await startApp({ connection: { ...connection, ...credentials }, ...OPTIONS });
    undo.push(() => app.close());
    await servers.failover();
    await eventually(async () => expect(await app.get(SessionService).create()).toBeDefined());
    await expectNothingRefused(sentinels);
    const clients = await Promise.all(sentinels.map((sentinel) => sentinel.call('CLIENT', 'LIST')));
    expect(clients.join()).toMatch(/ sub=1 .* user=watcher/);
  });
});

describe('what is outside of the rules', () => {
  let app: INestApplication;

  async function clientOf(uses = {}): Promise<RedisClient> {
    const redis = await startStandalone({ user: userOf('redis://a', uses) });
    undo.push(() => redis.stop());
    app = await startApp({ connection: redis.url, ...OPTIONS });
    undo.push(() => app.close());
    return app.get<RedisClient>(getRedisToken());
  }

  it('is refused: commands, keys and channels', async () => {
    const client = await clientOf(USES);
    const calls: [string, ...string[]][] = [
      ['FLUSHALL'],
      ['KEYS', '*'],
      ['CONFIG', 'GET', '*'],
      ['ACL', 'LIST'],
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
      ['XGROUP', 'DESTROY', 'app:stream:{orders}', 'mailer'],
      ['SCRIPT', 'FLUSH'],
      ['GET', 'other'],
      ['SET', 'cachex', '1'],
      ['PUBLISH', 'other', 'x'],
      ['EVAL', "return redis.call('GET', 'other')", '0'],
      ['EVAL', "return redis.call('KEYS', '*')", '0'],
    ];
    for (const [command, ...args] of calls)
      await expect(client.call(command, ...args)).rejects.toThrow(/NOPERM|permission|can't/);
  });

  it('is refused to an application that does not use a feature', async () => {
    const client = await clientOf();
    await app.get(CacheService).set('key', 'value');
    expect(await app.get(CacheService).get('key')).toBe('value');
    for (const [command, ...args] of [
      ['XADD', 'app:stream:{orders}', '*', 'd', '1'],
      ['ZADD', 'app:leaderboard:{sales}:scores', '1', 'ann'],
      ['PUBLISH', 'app:channel:chat', 'x'],
    ] as const)
      await expect(client.call(command, ...args)).rejects.toThrow('NOPERM');
  });

  it('is noticed by the tests', async () => {
    const servers = await startStandalone({ user: userOf('redis://a') });
    undo.push(() => servers.stop());
    app = await startApp({ connection: servers.url });
    undo.push(() => app.close());
    await expect(app.get<RedisClient>(getRedisToken()).get('other')).rejects.toThrow('NOPERM');
    await expect(expectNothingRefused(servers.nodes)).rejects.toThrow(
      'key other (toplevel) to shop',
    );
    expect(await refusedBy(servers.node)).toHaveLength(1);
  });
});
