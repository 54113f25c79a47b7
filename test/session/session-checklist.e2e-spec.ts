import { describe, expect, it } from '@jest/globals';
import { Controller, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { SessionService } from './library.js';
import { Browser, openShop, type Shop } from './shop.js';
import { trafficOf } from './support/round-trips.js';
import { loggedIn, useSessions, type SessionBench } from './support/use-sessions.js';

@Controller('password')
class PasswordController {
  constructor(private readonly sessions: SessionService) {}

  /** What an application does once the old password was right. */
  @Post()
  async change(@Req() request: Request): Promise<object> {
    await this.sessions.reauthenticated(request);
    return { ended: await this.sessions.revokeOthers(request) };
  }
}

/** Items of docs/security.md that no other file shows. */
describe('the checklist of sessions', () => {
  let bench: SessionBench;
  let shop: Shop;

  useSessions(async (opened) => {
    bench = opened;
    shop = await openShop(bench.server.url, { deadline: '20s' }, [PasswordController]);
    bench.closing(() => shop.close());
  });

  const statusOf = async (browser: Browser): Promise<number> =>
    (await browser.copy().get('/profile')).status;

  it('a new password ends all other sessions and every copy of the own cookie', async () => {
    const browser = await loggedIn(shop, 'alice');
    const stolen = browser.copy();
    const elsewhere = await loggedIn(shop, 'alice');
    const stranger = await loggedIn(shop, 'bob');
    const answer = await browser.post('/password');
    expect([answer.text, answer.setCookie.length]).toEqual(['{"ended":1}', 1]);
    expect([await statusOf(browser), await statusOf(stranger)]).toEqual([200, 200]);
    expect([await statusOf(stolen), await statusOf(elsewhere)]).toEqual([401, 401]);
    expect(await shop.sessions.count('alice')).toBe(1);
  });

  it.each([
    ['the bare id', (id: string) => id],
    ['an unsigned id', (id: string) => `s:${id}`],
    ['a wrong signature', (id: string) => `s:${id}.${'A'.repeat(43)}`],
    [
      'the signature of another id',
      (id: string) => `s:${id}x.${shop.sessions.tokenFor(id).slice(-43)}`,
    ],
    ['an endless one', () => `s:${'x'.repeat(6000)}.sig`],
    ['odd characters', () => 's:\u0000\r\n*{sess}?.sig'],
    ['half an escape', () => '%E0%A4%A'],
    ['nothing', () => ''],
  ])('asks Redis nothing for a cookie that was not signed here: %s', async (_, valueOf) => {
    const { id } = await loggedIn(shop, 'alice');
    const guess = new Browser(shop.url);
    const value = valueOf(id);
    guess.cookie = `sid=${value.startsWith('%') ? value : encodeURIComponent(value)}`;
    const { commands } = await trafficOf(shop.client, async () => {
      expect(await statusOf(guess)).toBe(401);
    });
    expect(commands).toEqual([]);
  });

  it('a signed id of odd characters is nobody, and no key is made of it', async () => {
    for (const id of ['x}{y', 'a b', 'ended:{sess:x}', 'x'.repeat(3000)]) {
      const browser = new Browser(shop.url);
      browser.cookie = shop.sessions.cookieFor(id);
      expect(await statusOf(browser)).toBe(401);
      await browser.post('/set/color');
      expect(browser.id).toMatch(/^[\w-]{32}$/);
    }
    const names = await bench.ids();
    expect(names.filter((name) => !/^[\w-]{32}$/.test(name))).toEqual([]);
  });
});
