import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Controller, Get, Header, Req, UseInterceptors } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { CacheInterceptor, CachePolicy, CacheScope, FastLane } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { LaneApp, type Asked, type LaneAppOptions } from '../support/lane.js';
import { RedisServer } from '../support/redis-server.js';

@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
@FastLane()
class NewsController {
  @Get('news')
  @Header('X-Article-Id', '42')
  news(@Req() { protocol, host }: Request): object {
    return { from: `${protocol}://${host}` };
  }

  @Get('deaf')
  @CachePolicy({ requestDirectives: false })
  deaf(): string {
    return 'deaf';
  }

  @Get('path')
  path(@Req() { url }: Request): string {
    return url;
  }

  @Get('language')
  @CachePolicy({ vary: ['Accept-Language'] })
  language(@Req() { headers }: Request): string {
    return headers['accept-language'] ?? 'none';
  }
}

type Middleware = (request: Request, response: Response, next: NextFunction) => void;
const using = (...middleware: Middleware[]): LaneAppOptions => ({
  prepare: (app) => void app.use(...middleware),
});

let redis: RedisServer;
let lane: LaneApp;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(() => lane.close());
afterAll(() => redis.stop());

async function start(options: LaneAppOptions = {}): Promise<LaneApp> {
  await redis.use((client) => client.flushall());
  lane = await LaneApp.start(redis.url, { controllers: [NewsController] }, options);
  return lane;
}

/** Many more than the lane needs to learn. */
async function never(path: string, asked: Asked = {}): Promise<void> {
  for (let n = 0; n < 8; n += 1) expect((await lane.ask(path, asked)).isByLane).toBe(false);
}

describe('the application answers', () => {
  it.each<[string, Asked]>([
    ['Authorization', { headers: { authorization: 'Bearer a' } }],
    ['Origin', { headers: { origin: 'https://a.example' } }],
    ['Range', { headers: { range: 'bytes=0-1' } }],
    ['If-Match', { headers: { 'if-match': '"a"' } }],
    ['If-Unmodified-Since', { headers: { 'if-unmodified-since': new Date().toUTCString() } }],
    ['If-Range', { headers: { 'if-range': '"a"' } }],
    ['Upgrade', { headers: { upgrade: 'h2c', connection: 'upgrade' } }],
    ['Cache-Control', { headers: { 'cache-control': 'max-age=0' } }],
    ['Pragma', { headers: { pragma: 'no-cache' } }],
    ['a body', { headers: { 'content-length': '2' }, body: 'ab' }],
    ['a body of unknown length', { headers: { 'transfer-encoding': 'chunked' }, body: 'ab' }],
    ['POST', { method: 'POST' }],
    ['OPTIONS', { method: 'OPTIONS' }],
  ])('a request with %s', async (_, asked) => {
    await start();
    await lane.byLane('/news');
    await never('/news', asked);
    await lane.byLane('/news');
  });

  it('a request with directives only where the route honors them', async () => {
    await start();
    const asked = { headers: { 'cache-control': 'no-cache', pragma: 'no-cache' } };
    expect(String((await lane.byLane('/deaf', asked)).body)).toBe('deaf');
  });

  it('the first requests, until two of its answers agree over time', async () => {
    await start({ fastLane: { confirmAfter: '10m' } });
    await never('/news');
  });

  it('what no longer fits into the map', async () => {
    await start({ fastLane: { maxEntries: 1 } });
    await lane.byLane('/news');
    await lane.byLane('/deaf');
    expect((await lane.ask('/news')).isByLane).toBe(false);
  });
});

describe('fields of middleware', () => {
  it('that differ from answer to answer are left out, and cookies always', async () => {
    let n = 0;
    await start(
      using((_, response, next) => {
        n += 1;
        response.set({ 'X-Request-Id': randomUUID(), 'X-Count': String(n), 'X-Same': 'same' });
        response.set({ 'X-RateLimit-Limit': '100' });
        late(response, () => response.setHeader('Set-Cookie', 'visitor=1'));
        next();
      }),
    );
    const { headers } = await lane.byLane('/news');
    expect(headers).toMatchObject({ 'x-same': 'same', 'x-article-id': '42' });
    for (const name of ['x-request-id', 'x-count', 'x-ratelimit-limit', 'set-cookie'])
      expect(headers[name]).toBeUndefined();
  });

  it('that turn out to differ are left out from then on', async () => {
    let segment = 'a';
    await start(
      using((_, response, next) => {
        response.set('X-Segment', segment);
        next();
      }),
    );
    expect((await lane.byLane('/news')).headers['x-segment']).toBe('a');
    await eventually(async () => expect((await lane.ask('/deaf')).headers['x-cache']).toBe('HIT'));
    segment = 'b';
    await lane.byLane('/deaf');
    expect((await lane.byLane('/news')).headers['x-segment']).toBeUndefined();
  });

  it('that turn out to differ in one kind of answer are left out of the others', async () => {
    let segment = 'a';
    await start(
      using((_, response, next) => {
        response.set('X-Segment', segment);
        next();
      }),
    );
    const { headers } = await lane.byLane('/news');
    const known = { headers: { 'if-none-match': headers.etag } };
    await lane.ask('/news', known);
    segment = 'b';
    await lane.byLane('/news', known);
    expect((await lane.byLane('/news')).headers['x-segment']).toBeUndefined();
  });

  it.each([
    ['a policy that differs', 'Permissions-Policy', randomUUID],
    ['a protocol field', 'Connection', () => 'close'],
    ['Vary: *', 'Vary', () => '*'],
    ['a status of another cache', 'Cache-Status', () => 'other; hit'],
  ])('keep an answer out of the lane: %s', async (_, name, value) => {
    await start(
      using((_request, response, next) => {
        response.setHeader(name, value());
        next();
      }),
    );
    await never('/news');
  });

  it('with Vary tell variants apart', async () => {
    await start(
      using((request, response, next) => {
        response.vary('X-Theme').set('X-Shown', request.headers['x-theme'] ?? 'none');
        next();
      }),
    );
    for (const theme of ['dark', 'light'])
      await lane.byLane('/news', { headers: { 'x-theme': theme } });
    const { isByLane, headers } = await lane.ask('/news', { headers: { 'x-theme': 'dark' } });
    expect([isByLane, headers['x-shown']]).toEqual([true, 'dark']);
    await lane.byLane('/news');
    expect((await lane.ask('/news')).headers['x-shown']).toBe('none');
  });

  it('of CORS are not for requests without an Origin', async () => {
    await start({ prepare: (app) => app.enableCors({ origin: ['https://a.example'] }) });
    const { headers } = await lane.byLane('/news');
    expect(headers.vary).toBe('Origin');
    const cross = await lane.ask('/news', { headers: { origin: 'https://a.example' } });
    expect([cross.isByLane, cross.headers['access-control-allow-origin']]).toEqual([
      false,
      'https://a.example',
    ]);
  });
});

/** As session middleware and compressors do: fields are set when the head goes out. */
function late(response: Response, set: () => void): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((status: number) => {
    set();
    return writeHead(status);
  }) as typeof response.writeHead;
}
