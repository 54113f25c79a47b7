import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
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

describe('middleware that changes the answer or the request', () => {
  it('compresses: those who take it get it, from the application', async () => {
    await start(using(compress));
    await lane.byLane('/news');
    const asked = { headers: { 'accept-encoding': 'gzip' } };
    await never('/news', asked);
    expect((await lane.ask('/news', asked)).headers['content-encoding']).toBe('gzip');
    expect((await lane.ask('/news')).headers['content-encoding']).toBeUndefined();
  });

  it.each([
    ['Content-Encoding', 'x-own'],
    ['ETag', 'W/"of-the-layer"'],
    ['X-Cache', 'MISS'],
    ['Vary', '*'],
  ])('sets %s as the head goes out', async (name, value) => {
    await start(
      using((_, response, next) => {
        late(response, () => response.setHeader(name, value));
        next();
      }),
    );
    await never('/news');
  });

  it('hides what the answer varies by', async () => {
    await start(
      using((_, response, next) => {
        late(response, () => response.removeHeader('Vary'));
        next();
      }),
    );
    for (const language of ['de', 'en', 'de']) {
      const { body } = await lane.byLane('/language', { headers: { 'accept-language': language } });
      expect(String(body)).toBe(language);
    }
  });

  it('rewrites the URL', async () => {
    await start(
      using((request, _, next) => {
        request.url = '/path';
        next();
      }),
    );
    await never('/anything');
  });

  it('rewrites a header that the key is made of', async () => {
    await start(
      using((request, _, next) => {
        request.headers['accept-language'] = request.headers.cookie?.split('=')[1] ?? 'de';
        next();
      }),
    );
    await never('/language', { headers: { 'accept-language': 'fr', cookie: 'lang=en' } });
    const other = { headers: { 'accept-language': 'en', cookie: 'lang=de' } };
    expect(String((await lane.ask('/language', other)).body)).toBe('de');
  });

  it('rewrites the host', async () => {
    await start(
      using((request, _, next) => {
        request.headers.host = 'tenant.example';
        next();
      }),
    );
    await never('/news');
  });

  describe('chooses a tenant by what it does not say', () => {
    beforeEach(() =>
      start(
        using((request, _, next) => {
          const host = `${request.headers.cookie ?? 'none'}.example`;
          Object.defineProperty(request, 'host', { value: host });
          next();
        }),
      ),
    );

    async function expectOwn(cookie: string): Promise<unknown> {
      const { isByLane, body, headers } = await lane.ask('/news', { headers: { cookie } });
      expect([isByLane, String(body)]).toEqual([false, `{"from":"http://${cookie}.example"}`]);
      return headers['x-cache'];
    }

    const expectHit = (cookie: string): Promise<void> =>
      eventually(async () => expect(await expectOwn(cookie)).toBe('HIT'));

    it('and memory has the answers of both', async () => {
      for (const cookie of 'ab') await expectHit(cookie);
      for (const cookie of 'abaaaab') await expectOwn(cookie);
    });

    it('and memory has the answer of one alone', async () => {
      await expectHit('a');
      expect(await expectOwn('b')).toBe('MISS');
      for (const cookie of 'aaaab') await expectOwn(cookie);
    });
  });

  it('finds out who asks', async () => {
    await start(
      using((request, _, next) => {
        request.headers.authorization = 'Bearer of a cookie';
        next();
      }),
    );
    await never('/news');
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

function compress(request: Request, response: Response, next: NextFunction): void {
  const end = response.end.bind(response) as (chunk?: unknown) => Response;
  response.vary('Accept-Encoding');
  if (request.headers['accept-encoding'] === 'gzip') {
    late(response, () => {
      response.removeHeader('Content-Length');
      response.setHeader('Content-Encoding', 'gzip');
    });
    response.end = ((chunk?: Buffer) => {
      if (!response.headersSent) response.writeHead(response.statusCode);
      return end(chunk && gzipSync(chunk));
    }) as typeof response.end;
  }
  next();
}
