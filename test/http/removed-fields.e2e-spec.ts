import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Param, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { CacheInterceptor, CacheScope } from 'nestjs-redis-kit';
import { NestApp } from './support/nest-app.js';

@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
class RemovingController {
  @Get('fields/:name')
  fields(@Param('name') name: string, @Res({ passthrough: true }) response: Response): object {
    response.removeHeader(name);
    return { text: 'x'.repeat(100) };
  }

  @Get('empty')
  @HttpCode(204)
  empty(): void {}
}

let nest: NestApp;
beforeAll(async () => {
  const metadata = { controllers: [RemovingController] };
  nest = await NestApp.start(metadata, { cache: { deadline: '5s' } }, (app) => {
    app.use((_: unknown, response: Response, next: () => void) => {
      response.set({ 'X-Foo': 'each', 'X-Bar': 'each', 'Content-Type': 'text/plain' });
      response.set({ 'Cache-Control': 'no-transform' });
      next();
    });
  });
});
afterAll(() => nest.stop());

describe('a field that middleware sets and the handler takes away', () => {
  it.each([
    ['x-foo', 'x-bar'],
    ['x-powered-by', 'x-foo'],
  ])('is not there on a hit either: %s', async (gone, kept) => {
    for (const cache of ['MISS', 'HIT']) {
      const { headers } = await nest.get(`/fields/${gone}`);
      expect(headers['x-cache']).toBe(cache);
      expect(headers).not.toHaveProperty(gone);
      expect(headers).toHaveProperty(kept);
    }
  });

  it('is not there in a 304 either', async () => {
    const { headers } = await nest.get('/fields/x-bar');
    const again = await nest.get('/fields/x-bar', { 'if-none-match': headers['etag'] });
    expect(again.status).toBe(304);
    expect(again.headers).not.toHaveProperty('x-bar');
    expect(again.headers['x-foo']).toBe('each');
  });

  it('makes room for the Cache-Control of the route', async () => {
    const miss = await nest.get('/fields/cache-control');
    const hit = await nest.get('/fields/cache-control');
    expect(miss.headers['cache-control']).toMatch(/^public/);
    expect(hit.headers).toMatchObject({
      'x-cache': 'HIT',
      'cache-control': miss.headers['cache-control'],
    });
  });

  it('stays away where it describes a body that there is not', async () => {
    for (const cache of ['MISS', 'HIT']) {
      const { status, headers } = await nest.get('/empty');
      expect([status, headers['x-cache']]).toEqual([204, cache]);
      expect(headers).not.toHaveProperty('content-type');
    }
  });
});
