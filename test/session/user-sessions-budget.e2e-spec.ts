import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { Browser, type Shop } from './shop.js';
import { trafficOf, type Traffic } from './support/round-trips.js';
import { loggedIn, useSessions, type SessionBench } from './support/use-sessions.js';

describe.each([
  ['', {}],
  [', with expiry events', { expiryEvents: { interval: '1h' } }],
] as const)('what the sessions of users cost%s', (_, options) => {
  let bench: SessionBench;
  let shop: Shop;

  useSessions(async (opened) => {
    bench = opened;
    shop = await bench.shop(options);
    // Redis then knows the scripts.
    const browser = await loggedIn(shop, 'warm-up');
    await browser.post('/set/color');
    await shop.sessions.revokeAll('warm-up');
  });

  const sentFor = (work: () => Promise<unknown>, at = shop): Promise<Traffic> =>
    trafficOf(at.client, work);

  it('reads a session by one command while its epoch is known', async () => {
    const browser = await loggedIn(shop, 'alice');
    const { roundTrips, commands } = await sentFor(() => browser.get('/profile'));
    expect([roundTrips, commands]).toEqual([1, ['evalsha']]);
  });

  it('asks for the epoch once a second, in the same round trip as the session', async () => {
    const browser = await loggedIn(shop, 'alice');
    await eventually(async () => {
      const { roundTrips, commands } = await sentFor(() => browser.get('/profile'));
      expect(commands.toSorted(byText)).toEqual(['evalsha', 'get']);
      expect(roundTrips).toBe(1);
    });
  });

  it('takes a second round trip the first time that a process sees a session', async () => {
    const browser = await loggedIn(shop, 'alice');
    const fresh = await bench.shop(options);
    await (await loggedIn(fresh, 'somebody')).get('/profile'); // Connected from now on.
    const first = await sentFor(() => browser.copy(fresh.url).get('/profile'), fresh);
    const second = await sentFor(() => browser.copy(fresh.url).get('/profile'), fresh);
    expect([first.roundTrips, second.roundTrips]).toEqual([2, 1]);
  });

  it('asks nothing more for the session of a visitor', async () => {
    const browser = new Browser(shop.url);
    await browser.post('/set/color');
    const { commands } = await sentFor(() => browser.get('/session'));
    expect(commands).toEqual(['evalsha']);
  });

  it('logs in within three round trips after the read', async () => {
    const browser = new Browser(shop.url);
    await browser.post('/set/cart', { value: ['book'] });
    const { roundTrips } = await sentFor(() => browser.post('/login/alice'));
    expect(roundTrips).toBeLessThanOrEqual(1 + 3);
    const again = await sentFor(() => browser.post('/login/alice'));
    expect(again.roundTrips).toBeLessThanOrEqual(1 + 3);
    const fresh = await sentFor(() => new Browser(shop.url).post('/login/alice'));
    expect(fresh.roundTrips).toBeLessThanOrEqual(2);
  });

  it('logs in within three round trips also where the oldest session has to go', async () => {
    const small = await bench.shop({ ...options, perUser: { max: 1 } });
    await loggedIn(small, 'bob');
    const browser = new Browser(small.url);
    await browser.post('/set/cart', { value: ['book'] });
    const { roundTrips } = await sentFor(() => browser.post('/login/bob'), small);
    expect(roundTrips).toBeLessThanOrEqual(1 + 3);
  });

  it('writes by one more command', async () => {
    const browser = await loggedIn(shop, 'alice');
    const { roundTrips, commands } = await sentFor(() => browser.post('/set/color'));
    expect([roundTrips, commands]).toEqual([2, ['evalsha', 'evalsha']]);
  });

  it('lists in two round trips', async () => {
    await loggedIn(shop, 'carol');
    await loggedIn(shop, 'carol');
    const { roundTrips } = await sentFor(() => shop.sessions.list('carol'));
    expect(roundTrips).toBe(2);
  });
});

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
