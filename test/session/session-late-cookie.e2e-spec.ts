import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Req } from '@nestjs/common';
import type { Request } from 'express';
import { RedisServer } from '../support/redis-server.js';
import { Browser, gate, gates, openShop, type Shop } from './shop.js';

@Controller('read')
class ReadController {
  @Get(':gate')
  async read(@Req() { session }: Request, @Param('gate') name: string): Promise<string> {
    await gates.get(name)?.pass();
    return session.userId ?? 'nobody';
  }
}

describe('the cookie of an answer that comes late, whose session has ended', () => {
  let server: RedisServer;
  let shop: Shop;

  beforeAll(async () => {
    server = await RedisServer.start();
    // Every answer would renew the cookie.
    const cookie = { maxAge: '1h', secure: false } as const;
    shop = await openShop(server.url, { cookie, renewBelow: 1, deadline: 3000 }, [ReadController]);
  });

  afterAll(async () => {
    server.thaw();
    await shop.close();
    await server.stop();
  });

  async function loggedIn(): Promise<Browser> {
    const browser = new Browser(shop.url);
    await browser.post('/login/alice');
    return browser;
  }

  const write = (browser: Browser) => browser.copy().post('/slow/late/color');
  const read = (browser: Browser) => browser.copy().get('/read/late');

  it.each([
    ['a write, after a new id', write, '/rotate'],
    ['a write, after a login', write, '/login/bob'],
    ['a write, after a logout', write, '/logout'],
    ['a read, after a new id', read, '/rotate'],
    ['a read, after a logout', read, '/logout'],
  ])('does not come: %s', async (_, request, end) => {
    const browser = await loggedIn();
    const door = gate('late');
    const late = request(browser);
    await door.reached;
    await browser.post(end);
    door.open();
    const { status, setCookie } = await late;
    expect([status < 300, setCookie]).toEqual([true, []]);
  });

  it('comes with the renewal of a session that lives', async () => {
    const { setCookie } = await read(await loggedIn());
    expect(setCookie).toEqual([expect.stringMatching(/^sid=.*Expires=/)]);
  });

  it('does not come while Redis does not say whether the session lives', async () => {
    const browser = await loggedIn();
    const door = gate('late');
    const late = read(browser);
    await door.reached;
    server.freeze();
    door.open();
    const { status, text, setCookie } = await late;
    expect([status, text, setCookie]).toEqual([200, 'alice', []]);
  });
});
