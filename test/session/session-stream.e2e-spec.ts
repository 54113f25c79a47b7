import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { Browser, gate, gates, json, openShop, type Shop } from './shop.js';

const CHUNK = 'x'.repeat(64 * 1024);
const CHUNKS = 40;

@Controller('stream')
class StreamController {
  @Post('pipe')
  async pipe(@Req() request: Request, @Res() response: Response): Promise<void> {
    Object.assign(request.session, { piped: true });
    response.setHeader('Content-Disposition', 'attachment; filename="report.csv"');
    await pipeline(Readable.from(Array.from({ length: CHUNKS }, () => CHUNK)), response).catch(
      () => undefined,
    );
  }

  @Post('trickle')
  async trickle(@Req() request: Request, @Res() response: Response): Promise<void> {
    Object.assign(request.session, { trickled: true });
    await pipeline(Readable.from(['a', 'b', 'c']), response);
  }

  @Post('head')
  head(@Req() request: Request, @Res() response: Response): void {
    Object.assign(request.session, { byHand: true });
    response.writeHead(202, { 'X-By-Hand': 'yes' });
    response.end('by hand');
  }

  @Post('flush')
  flush(@Req() request: Request, @Res() response: Response): void {
    Object.assign(request.session, { flushed: true });
    response.flushHeaders();
    response.write('a', () => response.end('b'));
  }

  @Post('late/:gate')
  async late(
    @Req() request: Request,
    @Res() response: Response,
    @Param('gate') name: string,
  ): Promise<void> {
    response.write('first ');
    await gates.get(name)?.pass();
    Object.assign(request.session, { late: true });
    response.end('last');
  }

  @Post('download')
  download(@Req() request: Request, @Res() response: Response): void {
    Object.assign(request.session, { amount: 1n });
    response.setHeader('Content-Disposition', 'attachment');
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('X-Total', '3');
    response.cookie('theme', 'dark');
    response.type('text/csv').send('a,b');
  }

  @Get('nothing')
  nothing(@Res() response: Response): void {
    response.status(204).end();
  }
}

describe('an answer that streams', () => {
  let server: RedisServer;
  let redis: Redis;
  let shop: Shop;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
    shop = await openShop(server.url, { deadline: 300 }, [StreamController]);
  });

  afterAll(async () => {
    await shop.close();
    redis.disconnect();
    await server.stop();
  });

  it('waits for its session, loses no byte, and lets a paused stream go on', async () => {
    const browser = new Browser(shop.url);
    const answer = await browser.post('/stream/pipe');
    expect(answer.text.length).toBe(CHUNKS * CHUNK.length);
    expect(answer.headers.get('content-disposition')).toContain('report.csv');
    expect(json(await browser.get('/session'))).toMatchObject({ piped: true });
  });

  it.each([
    ['whose head is written by hand', '/stream/head', 202, 'by hand', 'byHand'],
    ['that comes in drops', '/stream/trickle', 201, 'abc', 'trickled'],
    ['whose head is flushed', '/stream/flush', 201, 'ab', 'flushed'],
  ])('%s waits as well', async (_, path, status, text, key) => {
    const browser = new Browser(shop.url);
    const answer = await browser.post(path);
    expect([answer.status, answer.text, answer.setCookie.length]).toEqual([status, text, 1]);
    expect(json(await browser.get('/session'))).toHaveProperty(key, true);
  });

  it('saves before its end what changes after its head', async () => {
    const browser = new Browser(shop.url);
    await browser.post('/login/alice');
    const door = gate('tail');
    const answer = browser.copy().post('/stream/late/tail');
    await door.reached;
    door.open();
    expect((await answer).text).toBe('first last');
    expect(await shop.sessions.find(browser.id)).toMatchObject({ late: true });
  });

  it('breaks off when that cannot be saved any more', async () => {
    const browser = new Browser(shop.url);
    await browser.post('/login/alice');
    const door = gate('broken');
    const answer = browser.copy().post('/stream/late/broken');
    answer.catch(() => undefined);
    await door.reached;
    server.freeze();
    door.open();
    await expect(answer).rejects.toThrow(/terminated|fetch failed/);
    server.thaw();
  });

  it('breaks off, and stores nothing, when a new session comes too late for its cookie', async () => {
    const before = await redis.keys('sess:*');
    const door = gate('new');
    const answer = new Browser(shop.url).post('/stream/late/new');
    answer.catch(() => undefined);
    await door.reached;
    door.open();
    await expect(answer).rejects.toThrow(/terminated|fetch failed/);
    expect((await redis.keys('sess:*')).toSorted()).toEqual(before.toSorted());
  });

  it('becomes a 503 without its own headers when its session cannot be stored', async () => {
    server.freeze();
    const answer = await new Browser(shop.url).post('/stream/pipe');
    server.thaw();
    expect([answer.status, answer.setCookie]).toEqual([503, []]);
    expect(answer.headers.get('content-disposition')).toBeNull();
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(json(answer)).toMatchObject({ statusCode: 503 });
  });
});

it('an error in place of an answer has none of its headers and cookies', async () => {
  const server = await RedisServer.start();
  const shop = await openShop(server.url, {}, [StreamController]);
  const answer = await new Browser(shop.url).post('/stream/download');
  expect([answer.status, answer.setCookie]).toEqual([500, []]);
  for (const name of ['content-disposition', 'accept-ranges', 'x-total']) {
    expect(answer.headers.get(name)).toBeNull();
  }
  expect(answer.headers.get('content-type')).toMatch(/json/);
  expect(answer.headers.get('x-powered-by')).toBe('Express');
  expect((await new Browser(shop.url).get('/stream/nothing')).status).toBe(204);
  await shop.close();
  await server.stop();
});
