import { beforeEach, describe, expect, it } from '@jest/globals';
import { handleOf } from './library.js';
import { Browser, type Shop } from './shop.js';
import { useSessions } from './support/use-sessions.js';

const FIREFOX = { 'user-agent': 'Firefox/150', 'x-forwarded-for': '203.0.113.7' };
const CURL = { 'user-agent': 'curl/9' };
const ELSEWHERE = { 'x-forwarded-for': '198.51.100.1' };

describe('what may mean that a session was stolen', () => {
  let shop: Shop;
  let silent: Shop;
  const risks: unknown[] = [];

  useSessions(async (bench) => {
    shop = await bench.shop({ deadline: '20s' });
    silent = await bench.shop({ deadline: '20s', perUser: { device: false } });
    for (const one of [shop, silent]) {
      one.app.set('trust proxy', true);
      one.events.on('risk', (event) => risks.push(event));
    }
  });
  beforeEach(() => void risks.splice(0));

  async function loggedIn(at: Shop): Promise<Browser> {
    const browser = new Browser(at.url);
    await browser.post('/login/alice', undefined, FIREFOX);
    return browser;
  }

  async function statusesOf(browser: Browser, all: Record<string, string>[]): Promise<number[]> {
    const statuses: number[] = [];
    for (const one of all)
      statuses.push((await browser.get('/profile', { ...FIREFOX, ...one })).status);
    return statuses;
  }

  it('is an event, once for each sign, and ends nothing', async () => {
    const browser = await loggedIn(shop);
    const near = { 'x-forwarded-for': '203.0.113.99' };
    expect(await statusesOf(browser, [{}, near])).toEqual([200, 200]);
    expect(risks).toEqual([]);
    expect(await statusesOf(browser, [CURL, CURL, {}, ELSEWHERE, ELSEWHERE])).toEqual(
      Array(5).fill(200),
    );
    const news = { handle: handleOf(browser.id), userId: 'alice', isLocal: true };
    expect(risks).toEqual([
      { ...news, sign: 'user-agent' },
      { ...news, sign: 'network' },
    ]);
    expect(JSON.stringify(risks)).not.toContain(browser.id);
  });

  it('is not looked for in sessions without a user, nor where no device is noted', async () => {
    const visitor = new Browser(shop.url);
    await visitor.post('/set/color', undefined, FIREFOX);
    await visitor.get('/session', { ...FIREFOX, ...CURL, ...ELSEWHERE });
    expect(await statusesOf(await loggedIn(silent), [{ ...CURL, ...ELSEWHERE }])).toEqual([200]);
    expect(risks).toEqual([]);
  });
});

describe('Clear-Site-Data', () => {
  let shop: Shop;
  let plain: Shop;

  useSessions(async (bench) => {
    shop = await bench.shop({ deadline: '20s', clearSiteData: ['cache', 'storage'] });
    plain = await bench.shop({ deadline: '20s' });
  });

  async function logout(at: Shop): Promise<string | null> {
    const browser = new Browser(at.url);
    await browser.post('/login/alice');
    expect((await browser.get('/profile')).headers.get('clear-site-data')).toBeNull();
    const answer = await browser.post('/logout');
    expect(answer.status).toBe(201);
    return answer.headers.get('clear-site-data');
  }

  it('goes with a logout where it is configured, and with nothing else', async () => {
    expect(await logout(shop)).toBe('"cache", "storage"');
    expect(await logout(plain)).toBeNull();
  });
});
