import { describe, expect, it } from '@jest/globals';
import { Browser, json, type Shop } from './shop.js';
import { loggedIn, useSessions, type SessionBench } from './support/use-sessions.js';

describe('who had a session is told why it is gone', () => {
  let bench: SessionBench;
  let shop: Shop;

  useSessions(async (opened) => {
    bench = opened;
    const limit = { perUser: { max: 1 }, deadline: '20s' } as const;
    shop = await bench.shop({ ...limit, loginUrl: '/login', rememberEnds: '1h' });
  });

  async function refusal(browser: Browser): Promise<Record<string, unknown>> {
    const answer = await browser.get('/profile');
    expect(answer.status).toBe(401);
    return json(answer);
  }

  const ways: [string, (browser: Browser) => Promise<unknown>][] = [
    ['limit', () => loggedIn(shop, 'alice')],
    ['revoked', () => shop.sessions.revokeAll('alice')],
    ['ended', (browser) => browser.copy().post('/logout')],
    ['ended', (browser) => browser.copy().post('/login/alice')],
    ['expired', ({ id }) => bench.redis.del(`sess:${id}`)],
  ];

  it.each(ways)(
    'by the reason `%s` of the 401, and to a browser at the login page',
    async (reason, end) => {
      const browser = await loggedIn(shop, 'alice');
      await end(browser);
      expect(await refusal(browser.copy())).toMatchObject({ statusCode: 401, reason });
      const page = await browser.copy().get('/profile', { accept: 'text/html' });
      expect([page.status, page.headers.get('location')]).toEqual([
        302,
        `/login?returnTo=%2Fprofile&ended=${reason}`,
      ]);
      // Nothing of it holds for who logs in again.
      await browser.post('/login/alice');
      expect((await browser.get('/profile')).status).toBe(200);
    },
  );

  it('and strangers are told nothing: without a cookie, with a made-up one, with the bare id', async () => {
    const browser = await loggedIn(shop, 'alice');
    const { id } = browser;
    await shop.sessions.revokeAll('alice');
    const stranger = await refusal(new Browser(shop.url));
    expect(stranger).not.toHaveProperty('reason');
    for (const value of [id, `s:${id}`, `s:${id}.AAAA`, `s:${id}.`]) {
      const guess = new Browser(shop.url);
      guess.cookie = `sid=${encodeURIComponent(value)}`;
      expect(await refusal(guess)).toEqual(stranger);
    }
  });

  it('for `rememberEnds`, though the cookie is cleared after half a minute', async () => {
    const browser = await loggedIn(shop, 'alice');
    const mark = `ended:{sess:${browser.id}}`;
    await shop.sessions.revokeAll('alice');
    expect((await browser.copy().get('/profile')).setCookie).toEqual([]);
    expect(await bench.redis.pttl(mark)).toBeGreaterThan(3_500_000);
    await bench.redis.pexpire(mark, 3_600_000 - 30_001);
    const late = await browser.get('/profile');
    expect([json(late)['reason'], late.setCookie.length]).toEqual(['revoked', 1]);
    expect(browser.cookie).toBeUndefined();
  });

  it('as one that has expired, once nothing is noted of it', async () => {
    const browser = await loggedIn(shop, 'alice');
    await shop.sessions.revokeAll('alice');
    await bench.redis.del(`ended:{sess:${browser.id}}`);
    expect(await refusal(browser)).toMatchObject({ reason: 'expired' });
  });
});
