import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { SessionService, handleOf } from './library.js';
import { Browser, gate, json, openShop, type Shop } from './shop.js';
import { useSessions, type SessionBench } from './support/use-sessions.js';

@Controller('renewal')
class RenewalController {
  constructor(private readonly sessions: SessionService) {}

  @Post()
  async renew(@Req() request: Request): Promise<object> {
    await this.sessions.rotate(request, { grace: '10s' });
    return {};
  }

  @Post('too-long')
  async renewTooLong(@Req() request: Request): Promise<object> {
    await this.sessions.rotate(request, { grace: '31s' });
    return {};
  }
}

interface Risk {
  readonly handle: string;
  readonly sign: string;
}

describe.each([false, true])('a rotation with a grace, hashIds %s', (hashIds) => {
  let bench: SessionBench;
  let shop: Shop;
  const risks: Risk[] = [];

  useSessions(async (opened) => {
    bench = opened;
    const options = { deadline: '20s', hashIds, cookie: { maxAge: '1d' } } as const;
    shop = await openShop(bench.server.url, options, [RenewalController]);
    bench.closing(() => shop.close());
    shop.events.on('risk', ({ handle, sign }) => risks.push({ handle, sign }));
  });
  beforeEach(() => void risks.splice(0));

  /** A browser whose session was rotated, and another that still has the old id. */
  async function rotated(): Promise<{ browser: Browser; old: Browser }> {
    const browser = new Browser(shop.url);
    await browser.post('/login/alice');
    const old = browser.copy();
    expect((await browser.post('/renewal')).status).toBe(201);
    expect(browser.id).not.toBe(old.id);
    return { browser, old };
  }

  const statusOf = async (browser: Browser): Promise<number> =>
    (await browser.copy().get('/profile')).status;

  /** The mark that leads on, as it is so many milliseconds later. */
  async function later({ id }: Browser, ms: number): Promise<void> {
    const name = shop.store.sessions.nameOf(id);
    expect(await bench.redis.pexpire(`ended:{sess:${name}}`, 30_000 - ms)).toBe(1);
  }

  it('lets requests under way find and change the session, and does not give them the new id', async () => {
    const { browser, old } = await rotated();
    const answer = await old.copy().post('/set/color');
    expect([answer.status, answer.setCookie]).toEqual([201, []]);
    expect(json(await browser.get('/session'))).toMatchObject({ color: true, userId: 'alice' });
    expect(await statusOf(old)).toBe(200);
    expect(risks).toEqual([]);
  });

  it('keeps the change of a request that began before it', async () => {
    const browser = new Browser(shop.url);
    await browser.post('/login/alice');
    const door = gate(`grace${hashIds}`);
    const slow = browser.copy().post(`/slow/grace${hashIds}/late`);
    await door.reached;
    await browser.post('/renewal');
    await browser.post('/set/other');
    door.open();
    const answer = await slow;
    expect([answer.status, answer.setCookie]).toEqual([201, []]);
    expect(json(await browser.get('/session'))).toMatchObject({ late: true, other: true });
  });

  it('is done once by parallel requests', async () => {
    const { browser, old } = await rotated();
    const again = await old.post('/renewal');
    expect([again.status, again.setCookie]).toEqual([201, []]);
    expect(await statusOf(browser)).toBe(200);
  });

  it('is over after its time, and who then uses the old id is a risk, reported once', async () => {
    const { browser, old } = await rotated();
    await later(old, 10_001);
    expect([await statusOf(old), await statusOf(old)]).toEqual([401, 401]);
    expect(risks).toEqual([{ handle: handleOf(old.id), sign: 'old-id' }]);
    expect(await statusOf(browser)).toBe(200);
  });

  it.each([
    ['login', '/login/alice', 201],
    ['a rotation without grace', '/rotate', 201],
    ['logout', '/logout', 201],
  ])('ends for all older ids with %s', async (_, path, status) => {
    const { browser, old } = await rotated();
    const before = browser.copy();
    expect((await browser.post(path)).status).toBe(status);
    expect([await statusOf(old), await statusOf(before)]).toEqual([401, 401]);
  });

  it('leaves nothing in Redis that opens the session, with hashIds', async () => {
    const { browser, old } = await rotated();
    const keys = await bench.redis.keys('*');
    const marks = keys.filter((key) => key.startsWith('ended:'));
    const dump = [...keys, ...(await bench.redis.mget(marks))].join('\n');
    if (hashIds) expect(dump).not.toContain(old.id);
    expect(dump.includes(browser.id)).toBe(!hashIds);
  });

  it('is refused above half a minute', async () => {
    const browser = new Browser(shop.url);
    await browser.post('/login/alice');
    expect((await browser.copy().post('/renewal/too-long')).status).toBe(500);
    expect(await statusOf(browser)).toBe(200);
  });
});
