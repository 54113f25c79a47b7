import { describe, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/eventually.js';
import { sessionLife } from './library.js';
import { Browser, type Shop } from './shop.js';
import type { AccountNode } from './support/account-node.js';
import { loggedIn, useSessions, type SessionBench } from './support/use-sessions.js';

type Heard = readonly [name: string, event: Record<string, unknown>];

/** Everything that happens to sessions while the work runs. */
async function eventsOf(shop: Shop, work: () => Promise<unknown>): Promise<Heard[]> {
  const heard: Heard[] = [];
  const names = ['created', 'regenerated', 'destroyed', 'expired', 'revoked'] as const;
  const ends = names.map((name) =>
    shop.events.on(name, (event) => heard.push([name, { ...event }])),
  );
  await work();
  for (const end of ends) end();
  return heard;
}

const HANDLE = expect.stringMatching(/^[0-9a-f]{32}$/);

describe('session events', () => {
  let bench: SessionBench;
  let shop: Shop;

  useSessions(async (opened) => {
    bench = opened;
    shop = await bench.shop();
  });

  it('tell of the first save of an anonymous session, and not of a visit without one', async () => {
    const heard = await eventsOf(shop, async () => {
      const browser = new Browser(shop.url);
      await browser.get('/session');
      await browser.post('/set/color');
      await browser.post('/set/size');
    });
    expect(heard).toEqual([['created', { handle: HANDLE, userId: undefined, isLocal: true }]]);
  });

  it('tell of a login as a new session, or as the successor of the one before', async () => {
    const fresh = new Browser(shop.url);
    const first = await eventsOf(shop, () => fresh.post('/login/alice'));
    expect(first).toEqual([['created', { handle: HANDLE, userId: 'alice', isLocal: true }]]);
    const previousHandle = first[0]![1]['handle'];
    const second = await eventsOf(shop, () => fresh.post('/login/alice'));
    expect(second).toEqual([
      ['regenerated', { handle: HANDLE, previousHandle, userId: 'alice', isLocal: true }],
    ]);
    const third = await eventsOf(shop, () => fresh.post('/regenerate'));
    expect(third).toMatchObject([['regenerated', { previousHandle: second[0]![1]['handle'] }]]);
  });

  it('tell of logout and of sessions that are destroyed by id, once', async () => {
    const browser = await loggedIn(shop, 'alice');
    const { id } = await shop.sessions.create({ userId: 'bob' });
    const heard = await eventsOf(shop, async () => {
      await browser.post('/logout');
      await shop.sessions.destroy(id);
      await shop.sessions.destroy(id);
    });
    expect(heard).toEqual([
      ['destroyed', { handle: HANDLE, userId: 'alice', isLocal: true }],
      ['destroyed', { handle: HANDLE, userId: 'bob', isLocal: true }],
    ]);
  });

  it('tell why a session was revoked', async () => {
    await bench.redis.flushdb();
    const own = await loggedIn(shop, 'carol');
    await loggedIn(shop, 'carol');
    const heard = await eventsOf(shop, async () => {
      await own.post('/revoke-others');
      await shop.sessions.revoke((await shop.sessions.list('carol'))[0]!.handle);
      await shop.sessions.create({ userId: 'carol' });
      await shop.sessions.revokeAll('carol');
      await shop.sessions.create({ userId: 'carol' });
      await shop.sessions.purgeUser('carol');
    });
    const reasons = heard.filter(([name]) => name === 'revoked').map(([, { reason }]) => reason);
    expect(reasons).toEqual(['others', 'handle', 'all', 'purge']);
  });

  it('reach subscribers of the diagnostics channels, without an id', async () => {
    const seen: unknown[] = [];
    const end = sessionLife.created.subscribe((event) => seen.push(event));
    const browser = await loggedIn(shop, 'dave');
    end();
    expect(seen).toEqual([{ handle: HANDLE, userId: 'dave', isLocal: true }]);
    expect(JSON.stringify(seen)).not.toContain(browser.id);
  });

  it('go on when a listener fails', async () => {
    const ends = [
      shop.events.on('created', () => {
        throw new Error('A broken listener.');
      }),
      shop.events.on('created', () => Promise.reject(new Error('Another one.'))),
    ];
    const heard = await eventsOf(shop, () => loggedIn(shop, 'erin'));
    for (const end of ends) end();
    expect(heard).toHaveLength(1);
  });

  describe('between nodes', () => {
    let server: RedisServer;
    let sharing: [AccountNode, AccountNode];
    let silent: AccountNode;

    useSessions(async (own) => {
      server = own.server;
      const options = { shareEvents: true };
      sharing = await Promise.all([own.node(options), own.node(options)]);
      silent = await own.node();
    });

    it('arrive on all that share them, marked as those of another node', async () => {
      const [one, other] = sharing;
      await eventually(async () => {
        const subscribed = await server.use((client) =>
          client.pubsub('NUMSUB', 'index:sess:events'),
        );
        expect(subscribed).toEqual(['index:sess:events', 2]);
      });
      await loggedIn(one, 'alice');
      const [here] = await one.heard('created');
      expect(here).toMatchObject({ userId: 'alice', isLocal: true });
      await eventually(async () => {
        expect(await other.heard('created')).toEqual([{ ...here, isLocal: false }]);
      });
      await other.call('revokeAll', 'alice');
      await eventually(async () => {
        expect(await one.heard('revoked')).toMatchObject([{ reason: 'all', isLocal: false }]);
      });
      expect(await one.heard('created')).toHaveLength(1);
      expect(await silent.heard('created')).toEqual([]);
    });

    it('arrive again after the listening connection was lost', async () => {
      const [one, other] = sharing;
      await server.use((client) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
      await eventually(async () => {
        await loggedIn(one, 'bob');
        const heard = await other.heard('created');
        expect(heard.some(({ userId }) => userId === 'bob')).toBe(true);
      });
    });
  });
});
