import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { CacheInterceptor, CacheScope, InvalidateTags } from 'nestjs-redis-kit';
import { NestApp } from './support/nest-app.js';

const FLAT = ['Link', '</a>', 'Link', '</b>', 'X-One', '1'];
const PAIRS = [
  ['Link', '</a>'],
  ['Link', '</b>'],
  ['X-One', '1'],
];

@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
class HeadsController {
  @Get('flat')
  flat(@Res() res: Response): void {
    res.writeHead(200, 'Fine', FLAT).end('flat');
  }

  @Get('pairs')
  pairs(@Res() res: Response): void {
    res.writeHead(200, PAIRS as unknown as string[]).end('pairs');
  }

  @Post('changing')
  @InvalidateTags('anything')
  changing(@Res() res: Response): void {
    res.writeHead(200, 'Changed', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end('done');
  }
}

let nest: NestApp;
beforeAll(async () => {
  nest = await NestApp.start({ controllers: [HeadsController] });
});
afterAll(() => nest.stop());

describe('a head that a handler writes by hand', () => {
  it.each(['/flat', '/pairs'])('keeps every line of a field, stored and not: %s', async (path) => {
    for (const cache of ['MISS', 'HIT']) {
      const { headers, names, body } = await nest.get(path);
      expect(names.filter((name) => name === 'link')).toHaveLength(2);
      expect(headers).toMatchObject({ 'x-one': '1', 'x-cache': cache });
      expect(body).toBe(path.slice(1));
    }
  });

  it('keeps two cookies while an invalidation holds it back', async () => {
    const { names, headers, status } = await nest.send('/changing', { method: 'POST' });
    expect([status, headers['set-cookie']]).toEqual([200, 'a=1, b=2']);
    expect(names.filter((name) => name === 'set-cookie')).toHaveLength(2);
  });
});
