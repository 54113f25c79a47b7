import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { flash } from '../../libs/redis/src/session/flash/flash.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { SessionService } from './library.js';
import { Browser, gate, gates, json, openShop, type Shop } from './shop.js';

@Controller('switch')
class SwitchController {
  constructor(private readonly sessions: SessionService) {}

  @Post('logout/:user')
  async afterLogout(@Req() request: Request, @Param('user') user: string): Promise<void> {
    await this.sessions.logout(request);
    await this.sessions.login(request, user);
  }

  @Post('destroy/:user')
  async afterDestroy(@Req() request: Request, @Param('user') user: string): Promise<void> {
    await promisify(request.session.destroy.bind(request.session))();
    await this.sessions.login(request, user);
  }

  @Post('goodbye')
  async goodbye(@Req() request: Request): Promise<void> {
    await this.sessions.logout(request);
    flash(request, 'info' as never, 'bye' as never);
  }

  /** Answers with the error that the callback got. */
  @Post('late/:method')
  async late(
    @Req() { session }: Request,
    @Param('method') method: 'destroy' | 'regenerate',
  ): Promise<object> {
    await gates.get('switch')?.pass();
    return new Promise((resolve) => {
      session[method]((error: { code?: string } | null) => resolve({ error: error?.code }));
    });
  }
}

let server: RedisServer;
let shop: Shop;

beforeAll(async () => {
  server = await RedisServer.start();
  shop = await openShop(server.url, { deadline: 1000 }, [SwitchController]);
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

describe('after its session has ended, a request', () => {
  it.each(['logout', 'destroy'])('may log in another user: %s', async (how) => {
    const browser = await loggedIn();
    const before = browser.copy();
    const { status, setCookie } = await browser.post(`/switch/${how}/bob`);
    expect([status, setCookie.length]).toEqual([201, 1]);
    expect(json(await browser.get('/profile'))).toEqual({ user: 'bob' });
    expect((await before.get('/profile')).status).toBe(401);
  });

  it('may leave a message for the next page', async () => {
    const browser = await loggedIn();
    const { status, setCookie } = await browser.post('/switch/goodbye');
    expect([status, setCookie.length]).toEqual([201, 1]);
    const session = json(await browser.get('/session'));
    expect(session).toMatchObject({ $flash: [{ message: 'bye' }] });
    expect(session).not.toHaveProperty('userId');
  });
});

describe('a request whose session Redis did not give', () => {
  it.each(['destroy', 'regenerate'])('cannot end it, though Redis is back: %s', async (method) => {
    const browser = await loggedIn();
    const door = gate('switch');
    server.freeze();
    const late = browser.copy().post(`/switch/late/${method}`);
    await door.reached;
    server.thaw();
    await eventually(async () => expect((await browser.get('/profile')).status).toBe(200));
    door.open();
    expect(json(await late)).toEqual({ error: 'SESSION_STORE_UNAVAILABLE' });
    expect((await browser.get('/profile')).status).toBe(200);
  });
});
