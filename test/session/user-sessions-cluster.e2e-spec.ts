import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';
import { AccountNode } from './support/account-node.js';
import { loggedIn, START_LIMIT_MS } from './support/use-sessions.js';

const MAX = 4;

describe('the sessions of a user in a Redis Cluster', () => {
  let cluster: ClusterTopology;
  let nodes: [AccountNode, AccountNode];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    const session = {
      perUser: { max: MAX },
      expiryEvents: { interval: 50 },
      idleTimeout: '5s',
    } as const;
    const start = (): Promise<AccountNode> => AccountNode.start(cluster.connection, session);
    nodes = await Promise.all([start(), start()]);
  }, START_LIMIT_MS);

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await cluster.stop();
  });

  it('are listed, revoked by handle, and counted, wherever their slots are', async () => {
    const [one, other] = nodes;
    const browsers = [];
    for (let i = 0; i < MAX; i++) browsers.push(await loggedIn(one, 'alice'));
    const list = await other.list('alice');
    expect(list).toHaveLength(MAX);
    expect(await other.call('revoke', list[0]!.handle, { userId: 'alice' })).toBe(true);
    expect(await one.call('count', 'alice')).toBe(MAX - 1);
    expect(await one.call('revokeAll', 'alice')).toBe(MAX - 1);
    for (const browser of browsers)
      expect((await browser.copy(other.url).get('/session')).text).not.toContain('alice');
  });

  it('leave exactly so many as may be after many logins at once on two nodes', async () => {
    const [one, other] = nodes;
    await Promise.all(nodes.map((node) => node.call('createMany', 'bob', 15)));
    expect(await one.list('bob')).toHaveLength(MAX);
    expect(await other.call('revokeAll', 'bob')).toBe(MAX);
  });

  it('are purged from all nodes of the Cluster', async () => {
    const [one, other] = nodes;
    await one.call('createMany', 'carol', MAX);
    expect(await other.call('purgeUser', 'carol')).toBe(MAX);
    expect(await one.call('count', 'carol')).toBe(0);
  });

  it(
    'are reported once when they expire',
    async () => {
      const ids = (await nodes[0].call('createMany', 'dave', MAX)) as string[];
      await Promise.all(ids.map((id) => nodes[1].call('find', id)));
      await eventually(async () => {
        const heard = await Promise.all(nodes.map((node) => node.heard('expired')));
        expect(heard.flat().filter(({ userId }) => userId === 'dave')).toHaveLength(MAX);
      }, 10_000);
    },
    START_LIMIT_MS,
  );
});
