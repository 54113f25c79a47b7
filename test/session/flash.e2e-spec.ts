import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import {
  Flash,
  RedisConnections,
  SessionService,
  flash,
  takeFlash,
  type FlashBag,
  type FlashKind,
} from 'nestjs-redis-kit';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { latch, type Latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';
import { trafficOf } from './support/round-trips.js';
import { Visitor } from './support/visitor.js';

declare module 'express-session' {
  interface FlashMessages {
    info: string;
    error: string;
  }
}

/** Checked by the compiler: `npm run types` fails where an expected error is none. */
export function typed(request: Request, messages: FlashBag): readonly string[] | undefined {
  // @ts-expect-error a kind that nobody declared
  flash(request, 'warning', 'text');
  // @ts-expect-error a message of another type
  flash(request, 'info', 1);
  return messages.error;
}

/** Handlers that wait here until the test lets them go on, by name. */
const latches = new Map<string, Latch>();

@Controller()
class PagesController {
  constructor(private readonly sessions: SessionService) {}

  @Post('say/:kind/:message')
  say(
    @Req() request: Request,
    @Param('kind') kind: FlashKind,
    @Param('message') message: string,
    @Res() response: Response,
  ): void {
    flash(request, kind, message);
    response.redirect(303, '/show');
  }

  @Get('show')
  show(@Flash() messages: FlashBag): FlashBag {
    return messages;
  }

  @Get('other')
  other(): string {
    return 'another page';
  }

  /** Reads the session first, and takes the messages when the test says so. */
  @Get('show-late/:name')
  async showLate(@Req() request: Request, @Param('name') name: string): Promise<FlashBag> {
    latches.get(`${name}-here`)?.release();
    await latches.get(name)?.released;
    return takeFlash(request);
  }

  @Get('show-and-say/:message')
  async showAndSay(
    @Req() request: Request,
    @Param('message') message: string,
  ): Promise<readonly FlashBag[]> {
    flash(request, 'info', message);
    return [await takeFlash(request), await takeFlash(request)];
  }

  @Post('login')
  async login(@Req() request: Request): Promise<string> {
    flash(request, 'info', 'before the login');
    await this.sessions.login(request, 'alice');
    flash(request, 'info', 'after the login');
    return 'welcome';
  }

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<string> {
    await this.sessions.rotate(request);
    return 'rotated';
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<string> {
    await this.sessions.logout(request);
    return 'bye';
  }

  @Get('session')
  session(@Req() request: Request): unknown {
    return request.session;
  }
}

describe('flash messages', () => {
  let redis: RedisServer;
  let nodes: { app: NestExpressApplication; url: string }[];

  beforeAll(async () => {
    redis = await RedisServer.start();
    nodes = await Promise.all([start(), start()]);
  });

  afterAll(async () => {
    await Promise.all(nodes.map(({ app }) => app.close()));
    await redis.stop();
  });

  async function start(): Promise<{ app: NestExpressApplication; url: string }> {
    const app = await startApp(
      { connection: redis.url, session: { secret: SECRET, deadline: '10s' } },
      { controllers: [PagesController] },
    );
    return { app, url: await urlOf(app) };
  }

  const visitor = (node = 0): Visitor => new Visitor(nodes[node]!.url);

  /** The same browser at another node. */
  function at(node: number, browser: Visitor): Visitor {
    const copy = visitor(node);
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    return copy;
  }

  async function shown(browser: Visitor, path = '/show'): Promise<unknown> {
    const page = await browser.get(path);
    expect(page.status).toBe(200);
    return JSON.parse(page.text);
  }

  it('are shown once, by the page after the redirect, on any node', async () => {
    const browser = visitor();
    const answer = await browser.post('/say/info/saved');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/show']);
    expect(await shown(at(1, browser))).toEqual({ info: ['saved'] });
    expect(await shown(browser)).toEqual({});
  });

  it('keep their kinds and their order, also where two are equal', async () => {
    const browser = visitor();
    for (const path of ['info/one', 'error/bad', 'info/two', 'info/two'])
      await browser.post(`/say/${path}`);
    expect(await shown(browser)).toEqual({ info: ['one', 'two', 'two'], error: ['bad'] });
  });

  it('wait for the page that asks for them', async () => {
    const browser = visitor();
    await browser.post('/say/info/saved');
    await browser.get('/other');
    expect(await shown(browser)).toEqual({ info: ['saved'] });
  });

  it('are for the next request, not for the one that leaves them', async () => {
    const browser = visitor();
    await browser.post('/say/info/first');
    expect(await shown(browser, '/show-and-say/second')).toEqual([{ info: ['first'] }, {}]);
    expect(await shown(browser)).toEqual({ info: ['second'] });
  });

  it.each([
    ['on one node', [0, 0]],
    ['on two nodes', [0, 1]],
  ])('go to exactly one of many requests at once %s', async (_, [one = 0, other = 0]) => {
    const browser = visitor(one);
    await browser.post('/say/info/saved');
    await browser.post('/say/info/twice');
    const all = await Promise.all(
      Array.from({ length: 12 }, (__, index) => shown(at(index % 2 ? other : one, browser))),
    );
    const delivered = (all as { info?: string[] }[]).flatMap(({ info = [] }) => info);
    expect(delivered.toSorted()).toEqual(['saved', 'twice']);
  });

  it('are none for a request that loaded them before another one took them', async () => {
    const browser = visitor();
    await browser.post('/say/info/saved');
    latches.set('late', latch());
    latches.set('late-here', latch());
    const late = shown(browser, '/show-late/late');
    await latches.get('late-here')!.released;
    expect(await shown(at(1, browser))).toEqual({ info: ['saved'] });
    await at(1, browser).post('/say/info/newer');
    latches.get('late')!.release();
    expect(await late).toEqual({});
    expect(await shown(browser)).toEqual({ info: ['newer'] });
  });

  it('are not lost where requests leave them at once', async () => {
    const browser = visitor();
    await browser.post('/say/info/first');
    const messages = Array.from({ length: 10 }, (_, index) => `m${index}`);
    await Promise.all(
      messages.map((message, index) => at(index % 2, browser).post(`/say/info/${message}`)),
    );
    const { info } = (await shown(browser)) as { info: string[] };
    expect(info.toSorted()).toEqual(['first', ...messages]);
  });

  it('are the newest twenty where no page shows them', async () => {
    const browser = visitor();
    const messages = Array.from({ length: 25 }, (_, index) => `m${index}`);
    for (const message of messages) await browser.post(`/say/info/${message}`);
    expect(await shown(browser)).toEqual({ info: messages.slice(5) });
  });

  it('are seen by HEAD, and wait on for the page', async () => {
    const browser = visitor();
    await browser.post('/say/info/saved');
    const { headers } = await browser.head('/show');
    expect(headers.get('content-length')).toBe(String('{"info":["saved"]}'.length));
    expect(await shown(browser)).toEqual({ info: ['saved'] });
  });

  it('survive a login and a rotation, and end with a logout', async () => {
    const browser = visitor();
    await browser.post('/say/info/cart');
    await browser.post('/login');
    await browser.post('/rotate');
    const expected = { info: ['cart', 'before the login', 'after the login'] };
    expect(await shown(browser)).toEqual(expected);
    await browser.post('/say/info/unseen');
    await browser.post('/logout');
    expect(await shown(browser)).toEqual({});
  });

  it('cost a visitor without a session nothing, and begin none', async () => {
    const traffic = await trafficOf(clientOf(0), async () => {
      const page = await visitor().get('/show');
      expect([page.text, page.setCookie]).toEqual(['{}', []]);
    });
    expect(traffic.commands).toEqual([]);
  });

  it('cost one round trip where there are some, and none where there are not', async () => {
    const browser = visitor();
    await browser.post('/say/info/saved');
    const some = await trafficOf(clientOf(0), () => shown(browser));
    const none = await trafficOf(clientOf(0), () => shown(browser));
    expect([some.roundTrips, none.roundTrips]).toEqual([2, 1]);
  });

  it('leave no trace in the session', async () => {
    const browser = visitor();
    await browser.post('/say/info/saved');
    await shown(browser);
    expect(await shown(browser, '/session')).not.toHaveProperty('$flash');
  });

  it('fail with 503 while Redis is frozen', async () => {
    const server = await RedisServer.start();
    const app = await startApp(
      { connection: server.url, session: { secret: SECRET, deadline: '1500ms' } },
      { controllers: [PagesController] },
    );
    try {
      const browser = new Visitor(await urlOf(app));
      await browser.post('/say/info/saved');
      latches.set('frozen', latch());
      latches.set('frozen-here', latch());
      const late = browser.get('/show-late/frozen');
      await latches.get('frozen-here')!.released;
      server.freeze();
      latches.get('frozen')!.release();
      expect((await late).status).toBe(503);
      server.thaw();
      await eventually(async () => expect((await browser.get('/show')).status).toBe(200));
    } finally {
      server.thaw();
      await app.close();
      await server.stop();
    }
  }, 20_000);

  function clientOf(node: number): Redis {
    return nodes[node]!.app.get(RedisConnections).client('default', 'session') as Redis;
  }
});
