import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { ExpirySchedule, SessionIndexKeys } from './library.js';
import { Browser, type Shop } from './shop.js';
import type { HeardEvent, AccountNode } from './support/account-node.js';
import { trafficOf } from './support/round-trips.js';
import { START_LIMIT_MS, useSessions, type SessionBench } from './support/use-sessions.js';

const OPTIONS = { expiryEvents: { interval: 20 }, idleTimeout: '3s' } as const;

describe('expired sessions', () => {
  let bench: SessionBench;
  let nodes: [AccountNode, AccountNode];

  useSessions(async (opened) => {
    bench = opened;
    nodes = await Promise.all([bench.node(OPTIONS), bench.node(OPTIONS)]);
  });

  async function eventsOf(
    name: string,
    user: string,
    among: readonly AccountNode[],
  ): Promise<HeardEvent[]> {
    const heard = await Promise.all(among.map((node) => node.heard(name)));
    return heard.flat().filter(({ userId }) => userId === user);
  }

  const expiredOf = (user: string, among: readonly AccountNode[]): Promise<HeardEvent[]> =>
    eventsOf('expired', user, among);

  /** Handles of the sessions that are still to be looked after. */
  async function scheduled(): Promise<string[]> {
    const keys = await bench.redis.keys('index:sess:due:*');
    const members = await Promise.all(keys.map((key) => bench.redis.zrange(key, '0', '-1')));
    return members.flat();
  }

  async function createAll(node: AccountNode, user: string, count: number): Promise<string[]> {
    return (await node.call('createMany', user, count)) as string[];
  }

  it(
    'are each reported once, by one of two nodes',
    async () => {
      await Promise.all(nodes.map((node) => createAll(node, 'alice', 150)));
      const created = await eventsOf('created', 'alice', nodes);
      const handles = created.map(({ handle }) => handle);
      await eventually(async () => expect(await scheduled()).toEqual([]), 10_000);
      const expired = await expiredOf('alice', nodes);
      expect(expired.map(({ handle }) => handle).toSorted(byText)).toEqual(
        handles.toSorted(byText),
      );
      expect(handles).toHaveLength(300);
    },
    START_LIMIT_MS,
  );

  it(
    'are not reported when they were ended, or while they live on',
    async () => {
      const [one] = nodes;
      const [alive] = await createAll(one, 'bob', 1);
      const [{ handle: living } = { handle: '' }] = await one.list('bob');
      const [destroyed, revoked] = await createAll(one, 'bob', 2);
      await bench.redis.pexpire(`sess:${alive}`, 60_000);
      await one.call('destroy', destroyed);
      for (const { handle } of await one.list('bob'))
        if (handle !== living) await one.call('revoke', handle);
      expect(await bench.redis.exists(`sess:${revoked}`)).toBe(0);
      expect(await scheduled()).toEqual([living]);
      await eventually(async () => {
        const [key] = await bench.redis.keys('index:sess:due:*');
        const [, dueAt] = await bench.redis.zrange(key!, '0', '-1', 'WITHSCORES');
        expect(Number(dueAt)).toBeGreaterThan(Date.now() + 50_000);
      });
      expect(await expiredOf('bob', nodes)).toEqual([]);
      await bench.redis.flushdb();
    },
    START_LIMIT_MS,
  );

  it(
    'are reported by nodes that start later, when all were down',
    async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      const doomed = await bench.node({ ...OPTIONS, expiryEvents: { interval: '1h' } });
      const ids = await createAll(doomed, 'carol', 20);
      await doomed.stop();
      await eventually(async () => {
        expect(await bench.redis.exists(...ids.map((id) => `sess:${id}`))).toBe(0);
      });
      nodes = await Promise.all([bench.node(OPTIONS), bench.node(OPTIONS)]);
      await eventually(async () => expect(await expiredOf('carol', nodes)).toHaveLength(20));
    },
    START_LIMIT_MS,
  );

  it(
    'are reported by another node when the one that claimed them was killed',
    async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      // Long enough for all to be there when the first is due.
      const lasting = { ...OPTIONS, idleTimeout: '3s' } as const;
      const claimant = await bench.node({ ...lasting, dieAfterClaim: true });
      await createAll(claimant, 'dave', 5);
      await claimant.ended();
      expect(await scheduled()).toHaveLength(5);
      nodes = await Promise.all([bench.node(OPTIONS), bench.node(OPTIONS)]);
      await eventually(async () => expect(await expiredOf('dave', nodes)).toHaveLength(5));
      expect(await scheduled()).toEqual([]);
    },
    START_LIMIT_MS,
  );

  it(
    'are settled once by two nodes of which one was frozen past its lease',
    async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      const client = bench.server.client();
      const schedule = new ExpirySchedule(() => client, new SessionIndexKeys('sess:'));
      const handles = ['0', '1', '2'].map((digit) => `0${digit.repeat(31)}`);
      for (const handle of handles) await schedule.add({ handle, name: 'x', userId: undefined }, 1);
      const claims = await eventually(async () => {
        const frozen = await schedule.claim('0', { leaseMs: 1, limit: 10 });
        expect(frozen).toHaveLength(3);
        return frozen;
      });
      await eventually(async () => {
        expect(await schedule.claim('0', { leaseMs: 60_000, limit: 10 })).toEqual(claims);
      });
      expect(await schedule.claim('0', { leaseMs: 60_000, limit: 10 })).toEqual([]);
      const gone = handles.map((handle) => ({ handle, leftMs: -2 }));
      const settled = await Promise.all([schedule.settle('0', gone), schedule.settle('0', gone)]);
      client.disconnect();
      expect(settled).toEqual([handles, []]);
    },
    START_LIMIT_MS,
  );

  it('leave the schedule in one step: without its owner, a session that was ended counts as expired', async () => {
    const client = bench.server.client();
    const schedule = new ExpirySchedule(() => client, new SessionIndexKeys('sess:'));
    const [known, other] = ['0', '1'].map((digit) => `0${digit.repeat(31)}`);
    for (const handle of [known!, other!])
      await schedule.add({ handle, name: 'x', userId: undefined }, 60_000);
    await schedule.remove(other!); // Redis then knows the script.
    const { commands } = await trafficOf(client, () => schedule.remove(known!));
    client.disconnect();
    expect(commands).toEqual(['evalsha']);
    expect(await bench.redis.keys('index:sess:due*')).toEqual([]);
  });

  it.each([
    ['revokes all sessions of their user', (node: AccountNode) => node.call('revokeAll', 'erin')],
    ['needs their room for a login', (node: AccountNode) => createAll(node, 'erin', 1)],
  ])(
    'are reported also when somebody %s before anybody has noticed',
    async (_, act) => {
      await Promise.all(nodes.map((node) => node.stop()));
      await bench.redis.flushdb();
      const perUser = { max: 1, policy: 'drop-oldest' } as const;
      const slow = await bench.node({ ...OPTIONS, perUser, expiryEvents: { interval: '1h' } });
      const [id] = await createAll(slow, 'erin', 1);
      const [gone] = await scheduled();
      await bench.redis.del(`sess:${id}`);
      await act(slow);
      nodes = await Promise.all([bench.node(OPTIONS), bench.node(OPTIONS)]);
      await eventually(async () => {
        const handles = (await expiredOf('erin', nodes)).map(({ handle }) => handle);
        expect(handles.filter((handle) => handle === gone)).toEqual([gone]);
      });
      expect(await scheduled()).not.toContain(gone);
    },
    START_LIMIT_MS,
  );

  describe('of a shop', () => {
    let own: SessionBench;

    useSessions(async (opened) => {
      own = opened;
    });

    it('leave no trace where nobody wants to know of them', async () => {
      const shop: Shop = await own.shop();
      await new Browser(shop.url).post('/set/color');
      expect(await own.redis.keys('index:*')).toEqual([]);
    });

    it('are reported with anonymous ones, and the schedule has an end', async () => {
      const shop: Shop = await own.shop(OPTIONS);
      const expired: unknown[] = [];
      shop.events.on('expired', (event) => expired.push(event));
      await new Browser(shop.url).post('/set/color');
      const [key] = await own.redis.keys('index:sess:due:*');
      const days = (await own.redis.pttl(key!)) / (24 * 60 * 60 * 1000);
      expect(Math.round(days)).toBe(30);
      await eventually(() => {
        expect(expired).toEqual([
          { handle: expect.stringMatching(/^[0-9a-f]{32}$/), userId: undefined, isLocal: true },
        ]);
      });
      expect(await own.redis.keys('index:*')).toEqual([]);
      await shop.app.close();
    });

    it('are swept by nobody any more once the application is closed', async () => {
      const shop = await own.shop(OPTIONS);
      const { id } = await shop.sessions.create({ userId: 'alice' });
      await shop.app.close();
      await own.redis.config('RESETSTAT');
      await eventually(async () => expect(await own.redis.exists(`sess:${id}`)).toBe(0));
      expect(await own.redis.info('commandstats')).not.toContain('evalsha');
    });
  });
});

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
