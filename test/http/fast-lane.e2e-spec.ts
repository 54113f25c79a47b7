import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, Param, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  CacheInterceptor,
  CachePolicy,
  CacheScope,
  CacheTags,
  CacheTTL,
  FastLane,
  HttpCacheService,
  InvalidateTags,
} from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { LaneApp, timeless } from '../support/lane.js';
import { RedisServer } from '../support/redis-server.js';

let runs = 0;

@Controller('fast')
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
@FastLane()
class FastController {
  @Get('plain/:id')
  @Header('X-From', 'Header decorator')
  @CacheTTL('10m')
  plain(@Param('id') id: string): object {
    runs += 1;
    return { id, runs };
  }

  @Get('tagged/:id')
  @CacheTags((req) => [`lane:${String(req.params.id)}`])
  tagged(@Param('id') id: string): object {
    runs += 1;
    return { id, runs };
  }

  @Post('tagged/:id')
  @InvalidateTags((req) => [`lane:${String(req.params.id)}`])
  change(): void {}

  @Get('bytes/:length')
  bytes(@Param('length') length: string, @Res() res: Response): void {
    res.type('application/octet-stream').append('X-Line', ['a', 'b']);
    res.status(203).end(Buffer.alloc(Number(length), 7));
  }

  @Get('empty')
  empty(@Res() res: Response): void {
    res.status(204).end();
  }

  @Get('dated/:id')
  dated(@Res() res: Response): void {
    res.set({ 'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT', ETag: 'W/"v1"' }).send('dated');
  }

  @Get('language')
  @CachePolicy({ vary: ['Accept-Language'] })
  language(@Req() req: Request): object {
    return { language: req.headers['accept-language'] ?? 'none' };
  }

  @Get('kind')
  kind(@Req() req: Request, @Res({ passthrough: true }) res: Response): object {
    res.vary('X-Kind');
    return { kind: req.headers['x-kind'] ?? 'none' };
  }

  @Get('short')
  @CacheTTL('1s')
  short(): object {
    runs += 1;
    return { runs };
  }

  @Get('lasting')
  @CacheTTL('1s')
  @CachePolicy({ staleWhileRevalidate: '1h' })
  lasting(): object {
    runs += 1;
    return { runs };
  }

  @Get('query')
  @CachePolicy({ query: { allow: ['page'] } })
  query(@Req() req: Request): object {
    return { page: req.query.page };
  }
}

let redis: RedisServer;
let lane: LaneApp;

beforeAll(async () => {
  redis = await RedisServer.start();
  lane = await LaneApp.start(
    redis.url,
    { controllers: [FastController] },
    {
      prepare: (app) => {
        app.use((_: Request, response: Response, next: () => void) => {
          response.set({ 'X-Frame-Options': 'DENY', 'X-Middleware': 'it was here' });
          next();
        });
      },
    },
  );
});
afterAll(async () => {
  await lane.close();
  await redis.stop();
});

describe('the fast lane answers like the application', () => {
  it.each([
    ['JSON', '/fast/plain/1', {}],
    ['bytes, a status and a field of several lines', '/fast/bytes/70000', {}],
    ['no body at all', '/fast/empty', {}],
    ['a body of no bytes', '/fast/bytes/0', {}],
    ['HEAD', '/fast/plain/head', { method: 'HEAD' }],
    ['a variant by a declared header', '/fast/language', { headers: { 'accept-language': 'de' } }],
    ['a variant by Vary', '/fast/kind', { headers: { 'x-kind': 'b' } }],
    ['a query', '/fast/query?page=2&utm_source=x', {}],
    ['a weak tag and a date', '/fast/dated/0', {}],
  ])('field by field: %s', async (_, path, asked) => {
    await lane.ask(path, { ...asked, method: 'GET' });
    const normal = await lane.normalHit(path, asked);
    const fast = await lane.byLane(path, asked);
    expect(timeless(fast)).toEqual(timeless(normal));
    expect([fast.status, fast.body]).toEqual([normal.status, normal.body]);
    expect(lane.answers.at(-1)?.bodyBytes).toBe(normal.body.length);
    expect(fast.headers).toMatchObject({ 'x-cache': 'HIT', 'x-middleware': 'it was here' });
    expect(fast.headers['cache-status']).toMatch(/^nestjs-redis-kit; hit; ttl=\d+$/);
  });

  it('runs nothing of the application', async () => {
    await lane.byLane('/fast/plain/count');
    const before = runs;
    for (let n = 0; n < 5; n += 1)
      expect((await lane.ask('/fast/plain/count')).isByLane).toBe(true);
    expect(runs).toBe(before);
  });

  it('says the age of the answer', async () => {
    const { headers } = await lane.byLane('/fast/plain/age');
    expect(headers.age).toMatch(/^\d$/);
    await eventually(async () => {
      const later = await lane.ask('/fast/plain/age');
      expect([later.isByLane, Number(later.headers.age)]).toEqual([true, Number(headers.age) + 2]);
      expect(later.headers['cache-status']).not.toBe(headers['cache-status']);
      expect(later.headers.date).toBe(headers.date);
    });
  });
});

describe('conditions', () => {
  const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';

  it.each([
    ['If-None-Match', '/fast/plain/inm', 'etag'],
    ['If-None-Match, weakly', '/fast/dated/1', 'etag'],
    ['If-None-Match of a list', '/fast/plain/list', 'list'],
    ['If-None-Match: *', '/fast/plain/any', 'any'],
    ['If-Modified-Since', '/fast/dated/2', 'date'],
  ])('gets 304 with the fields of the application: %s', async (_, path, by) => {
    const { headers } = await lane.ask(path);
    const tag = headers.etag ?? '';
    const conditions: Record<string, Record<string, string>> = {
      etag: { 'if-none-match': tag },
      list: { 'if-none-match': `"a", ${tag}, "b"` },
      any: { 'if-none-match': '*' },
      date: { 'if-modified-since': DATE },
    };
    const asked = { headers: conditions[by] ?? {} };
    await eventually(async () => expect((await lane.ask(path)).isByLane).toBe(true));
    const normal = await lane.ask(path, asked);
    const fast = await lane.byLane(path, asked);
    expect([normal.status, normal.isByLane, fast.status]).toEqual([304, false, 304]);
    expect(timeless(fast)).toEqual(timeless(normal));
    expect(fast.headers['content-length']).toBeUndefined();
    expect(fast.headers['content-type']).toBeUndefined();
    expect(fast.body).toHaveLength(0);
  });

  it.each([
    ['another tag', { 'if-none-match': '"other"' }],
    ['a tag that is no tag', { 'if-none-match': 'other' }],
    ['an earlier date', { 'if-modified-since': 'Sat, 05 Nov 1994 08:49:37 GMT' }],
    ['another tag, whatever the date', { 'if-none-match': '"x"', 'if-modified-since': DATE }],
  ])('gets the answer under a condition that does not hold: %s', async (_, headers) => {
    await lane.byLane('/fast/dated/3');
    const answer = await lane.ask('/fast/dated/3', { headers });
    expect([answer.status, answer.isByLane, String(answer.body)]).toEqual([200, true, 'dated']);
  });

  it('gets 304 for HEAD', async () => {
    const { headers } = await lane.ask('/fast/plain/head304');
    const asked = { method: 'HEAD', headers: { 'if-none-match': headers.etag } };
    const normal = await lane.ask('/fast/plain/head304', asked);
    const fast = await lane.byLane('/fast/plain/head304', asked);
    expect(timeless(fast)).toEqual(timeless(normal));
    expect(fast.status).toBe(304);
  });
});

describe('variants', () => {
  it.each([
    ['/fast/language', 'accept-language', 'language'],
    ['/fast/kind', 'x-kind', 'kind'],
  ])('keeps those of %s apart', async (path, header, field) => {
    for (const value of ['a', 'b']) await lane.byLane(path, { headers: { [header]: value } });
    const ask = async (headers: Record<string, string>): Promise<unknown[]> => {
      const { isByLane, body } = await lane.ask(path, { headers });
      return [isByLane, (JSON.parse(String(body)) as Record<string, string>)[field]];
    };
    expect(await ask({ [header]: 'a' })).toEqual([true, 'a']);
    expect(await ask({ [header]: 'b' })).toEqual([true, 'b']);
    expect(await ask({ [header]: 'c' })).toEqual([false, 'c']);
    expect(await ask({})).toEqual([false, 'none']);
  });

  it('keeps two hosts apart', async () => {
    const a = { headers: { host: 'a.example' } };
    await lane.byLane('/fast/plain/host', a);
    const b = await lane.ask('/fast/plain/host', { headers: { host: 'b.example' } });
    expect([b.isByLane, b.headers['x-cache']]).toEqual([false, 'MISS']);
  });
});

describe('what ends an answer ends it in the lane for the next request', () => {
  it.each<[string, () => unknown]>([
    ['a tag', () => lane.app.get(HttpCacheService).invalidateTags(['lane:0'])],
    ['a purge', () => lane.app.get(HttpCacheService).purge('/fast/tagged/1')],
    ['all cleared', () => lane.app.get(HttpCacheService).clear()],
    ['an unsafe method', () => lane.ask('/fast/tagged/3', { method: 'POST' })],
  ])('%s', async (what, end) => {
    const path = `/fast/tagged/${['a tag', 'a purge', 'all cleared', 'an unsafe method'].indexOf(what)}`;
    const { body } = await lane.byLane(path);
    await end();
    const next = await lane.ask(path);
    expect([next.isByLane, next.headers['x-cache']]).toEqual([false, 'MISS']);
    expect(next.body).not.toEqual(body);
    const again = await lane.byLane(path);
    expect([again.body, again.headers.etag]).toEqual([next.body, next.headers.etag]);
  });

  it('another process', async () => {
    const other = await LaneApp.start(redis.url, { controllers: [FastController] });
    try {
      await lane.byLane('/fast/tagged/other');
      await other.app.get(HttpCacheService).invalidateTags(['lane:other']);
      await eventually(async () => {
        expect((await lane.ask('/fast/tagged/other')).headers['x-cache']).toBe('MISS');
      }, 1000);
    } finally {
      await other.close();
    }
  });

  it('the end of its life', async () => {
    const { body } = await lane.byLane('/fast/short');
    const next = await eventually(async () => {
      const answer = await lane.ask('/fast/short');
      expect(answer.body).not.toEqual(body);
      return answer;
    });
    expect([next.isByLane, next.headers['x-cache']]).toEqual([false, 'MISS']);
  });

  it('the end of its life, where the application serves it stale', async () => {
    await lane.byLane('/fast/lasting');
    await eventually(async () => {
      const { isByLane, headers } = await lane.ask('/fast/lasting');
      expect([isByLane, headers['x-cache']]).toEqual([false, 'STALE']);
    });
  });
});
