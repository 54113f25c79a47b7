import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, UseInterceptors } from '@nestjs/common';
import { CacheInterceptor, CacheScope, CacheTags, CacheTTL } from 'nestjs-redis-kit';
import { NestApp } from './support/nest-app.js';
import type { Reply } from './support/raw-client.js';

const BODY = { text: 'x'.repeat(2000) };

@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
@CacheTTL('10m')
class PagesController {
  @Get('plain')
  plain(): object {
    return BODY;
  }

  @Get('tagged')
  @CacheTags('pages')
  tagged(): object {
    return BODY;
  }

  @Get('own')
  @Header('ETag', '"own"')
  @Header('Cache-Control', 'max-age=5')
  own(): object {
    return BODY;
  }

  @Get('personal')
  @Header('Set-Cookie', 'a=1')
  personal(): object {
    return BODY;
  }
}

let nest: NestApp;
beforeAll(async () => {
  const cache = { deadline: '5s', http: { encodings: ['br', 'gzip'] } } as const;
  nest = await NestApp.start({ controllers: [PagesController] }, { cache });
});
afterAll(() => nest.stop());

/** Says how the answer came about, and when. */
const OF_THE_DELIVERY = new Set(['date', 'x-cache', 'cache-status']);

function fields({ headers }: Reply): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_DELIVERY.has(name)));
}

describe('a HEAD for which nothing is stored (RFC 9110 section 9.3.2)', () => {
  it.each(['/plain', '/tagged'])('has the fields of a GET but the ETag: %s', async (path) => {
    const head = await nest.send(path, { method: 'HEAD' });
    const { etag, ...expected } = fields(await nest.get(path));
    expect(etag).toMatch(/^"/);
    expect(head.bytes).toHaveLength(0);
    expect(fields(head)).toEqual(expected);
    expect(expected).toMatchObject({
      'cache-control': path === '/plain' ? 'public, max-age=600' : 'public, no-cache',
      vary: 'Accept-Encoding',
      'content-length': String(JSON.stringify(BODY).length),
    });
  });

  it.each(['/own', '/personal'])(
    'keeps what the handler, or Express, says itself: %s',
    async (path) => {
      const head = await nest.send(path, { method: 'HEAD' });
      expect(head.headers['etag']).toBeDefined();
      expect(fields(head)).toEqual(fields(await nest.get(path)));
    },
  );

  it('stores nothing', async () => {
    await nest.send('/plain?cold', { method: 'HEAD' });
    const { headers } = await nest.get('/plain?cold');
    expect(headers['x-cache']).toBe('MISS');
  });
});
