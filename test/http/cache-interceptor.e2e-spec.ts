import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  Headers,
  Param,
  Post,
  Req,
  Res,
  UseInterceptors,
  type INestApplication,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import request from 'supertest';
import {
  CacheInterceptor,
  CacheKey,
  CacheScope,
  CacheTags,
  CacheTTL,
  InvalidateTags,
  NoCache,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let runs: string[] = [];

@Controller()
@UseInterceptors(CacheInterceptor)
class ItemsController {
  @Get('items/:id')
  @CacheTTL('10m')
  @CacheTags((req) => [`item:${String(req.params.id)}`])
  item(@Param('id') id: string): object {
    runs.push(id);
    return { id, run: runs.length };
  }

  @Get('search')
  search(@Req() req: Request): object {
    runs.push('search');
    return { query: req.query, run: runs.length };
  }

  @Get('named/:id')
  @CacheKey('named')
  named(@Param('id') id: string): object {
    return { id };
  }

  @Post('items/:id')
  @InvalidateTags((req) => [`item:${String(req.params.id)}`])
  update(@Param('id') id: string, @Body() body: unknown): object {
    runs.push(`post ${id}`);
    return { id, body, run: runs.length };
  }

  @Get('created')
  created(@Res() res: Response): void {
    runs.push('created');
    res.status(203).set('X-Made-By', 'handler').type('text/csv').send('a,b\n1,2\n');
  }

  @Get('never')
  @NoCache()
  never(): object {
    runs.push('never');
    return { run: runs.length };
  }

  @Get('cookie')
  cookie(@Res({ passthrough: true }) res: Response): object {
    runs.push('cookie');
    res.cookie('seen', '1');
    return { run: runs.length };
  }

  @Get('private')
  private(@Res({ passthrough: true }) res: Response): object {
    runs.push('private');
    res.set('Cache-Control', 'private, max-age=60');
    return { run: runs.length };
  }

  @Get('me')
  me(@Headers('authorization') who: string): object {
    runs.push('me');
    return { who };
  }

  @Get('shared')
  @CacheScope('public')
  shared(): object {
    runs.push('shared');
    return { run: runs.length };
  }

  @Get('buffer')
  buffer(@Res() res: Response): void {
    res.type('application/octet-stream').write(Buffer.from([0, 1, 254]));
    res.end(Buffer.from([255]));
  }
}

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp({ connection: redis.url }, { controllers: [ItemsController] });
});
afterEach(() => {
  runs = [];
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

const get = (path: string): request.Test => request(app.getHttpServer()).get(path);

describe('CacheInterceptor', () => {
  it('answers the second request from the cache, with Age and Cache-Status', async () => {
    const first = await get('/items/1').expect(200);
    expect(first.headers['cache-status']).toBe('nestjs-redis-kit; fwd=uri-miss; stored');
    // One that comes while the first answer is being stored has waited for it.
    const second = await eventually(async () => {
      const hit = await get('/items/1').expect(200);
      expect(hit.headers['cache-status']).toMatch(/^nestjs-redis-kit; hit; ttl=(600|599)$/);
      return hit;
    });
    expect(second.headers.age).toMatch(/^[01]$/);
    expect([first.headers['x-cache'], second.headers['x-cache']]).toEqual(['MISS', 'HIT']);
    expect(second.body).toEqual(first.body);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect(runs).toEqual(['1']);
  });

  it('takes a query in another order for the same resource, and another query for another one', async () => {
    await get('/search?a=1&b=2');
    expect((await get('/search?b=2&a=1')).headers['x-cache']).toBe('HIT');
    expect((await get('/search?a=1&b=3')).headers['x-cache']).toBe('MISS');
    expect((await get('/search?a=1%26b%3D2')).headers['x-cache']).toBe('MISS');
  });

  it('keeps two URLs apart under one @CacheKey', async () => {
    await get('/named/1');
    expect((await get('/named/2')).body).toEqual({ id: '2' });
  });

  it('keeps two hosts apart', async () => {
    await get('/shared').set('Host', 'a.example');
    expect((await get('/shared').set('Host', 'b.example')).headers['x-cache']).toBe('MISS');
  });

  it('never answers a POST from the cache', async () => {
    const post = (body: object): request.Test =>
      request(app.getHttpServer()).post('/items/9').send(body);
    expect((await post({ n: 1 })).body).toMatchObject({ body: { n: 1 } });
    expect((await post({ n: 2 })).body).toMatchObject({ body: { n: 2 } });
    expect(runs).toEqual(['post 9', 'post 9']);
  });

  it('shows the new state at once after an update that invalidates its tag', async () => {
    await get('/items/5');
    expect((await get('/items/5')).headers['x-cache']).toBe('HIT');
    await request(app.getHttpServer()).post('/items/5').expect(201);
    expect((await get('/items/5')).headers['x-cache']).toBe('MISS');
  });

  it('replays status, headers and body of a response that the handler sent itself', async () => {
    await get('/created').expect(203);
    const hit = await get('/created').expect(203, 'a,b\n1,2\n');
    expect(hit.headers).toMatchObject({
      'x-made-by': 'handler',
      'content-type': 'text/csv; charset=utf-8',
      'x-cache': 'HIT',
    });
    expect(runs).toEqual(['created']);
  });

  it('replays bytes as they are', async () => {
    await get('/buffer');
    const hit = await get('/buffer').buffer(true).parse(bytes);
    expect(hit.headers['x-cache']).toBe('HIT');
    expect(hit.body).toEqual(Buffer.from([0, 1, 254, 255]));
  });

  it('answers 304 to a matching If-None-Match', async () => {
    const { headers } = await get('/items/7');
    const hit = await get('/items/7')
      .set('If-None-Match', headers.etag as string)
      .expect(304);
    expect(hit.headers['content-length']).toBeUndefined();
  });

  it('answers HEAD from a stored GET', async () => {
    const { headers } = await get('/items/8');
    const head = await request(app.getHttpServer()).head('/items/8').expect(200);
    expect(head.headers).toMatchObject({
      'x-cache': 'HIT',
      'content-length': headers['content-length'],
    });
  });

  it.each(['/never', '/cookie', '/private'])('runs the handler of %s each time', async (path) => {
    await get(path);
    await get(path);
    expect(runs).toHaveLength(2);
  });

  it('does not share the answer to a request with Authorization', async () => {
    const alice = await get('/me').set('Authorization', 'Bearer alice');
    const bob = await get('/me').set('Authorization', 'Bearer bob');
    expect(alice.headers['cache-status']).toBe(
      'nestjs-redis-kit; fwd=bypass; detail=authorization',
    );
    expect(bob.body).toEqual({ who: 'Bearer bob' });
  });

  it('shares it where the route declares that it is public', async () => {
    await get('/shared').set('Authorization', 'Bearer alice');
    expect((await get('/shared').set('Authorization', 'Bearer bob')).headers['x-cache']).toBe(
      'HIT',
    );
  });

  it('runs the handler once for many requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('/items/cold')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(runs).toEqual(['cold']);
  });
});

function bytes(
  response: request.Response,
  done: (error: Error | null, body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}
