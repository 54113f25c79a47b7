import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  Headers,
  Res,
  StreamableFile,
  UseInterceptors,
  type INestApplication,
} from '@nestjs/common';
import type { Response } from 'express';
import { CacheInterceptor, CachePolicy, CacheScope } from 'nestjs-redis-kit';
import { startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { send, type RawAnswer } from './raw-client.js';

const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(100);
const NOISE = randomBytes(4000);
const BOTH = { 'accept-encoding': 'gzip, deflate, br' };

@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
@CachePolicy({ encodings: ['br', 'gzip'] })
class PagesController {
  @Get(['page', 'first', 'head', 'gone', 'refused', 'again'])
  page(): object {
    return { text: TEXT };
  }

  @Get('small')
  small(): object {
    return { text: 'small' };
  }

  @Get('off')
  @CachePolicy({ encodings: [] })
  off(): object {
    return { text: TEXT };
  }

  @Get('noise')
  @Header('Content-Type', 'text/plain')
  noise(@Res() res: Response): void {
    res.send(NOISE);
  }

  @Get('transform')
  @Header('Cache-Control', 'max-age=60, no-transform')
  transform(): object {
    return { text: TEXT };
  }

  @Get('picture')
  @Header('Content-Type', 'image/png')
  picture(@Res() res: Response): void {
    res.send(Buffer.from(TEXT));
  }

  @Get('own')
  own(@Res() res: Response): void {
    res.type('text/plain').set('Content-Encoding', 'gzip').send(gzipSync(TEXT));
  }

  @Get('varied')
  varied(@Headers('accept-encoding') accept: string, @Res() res: Response): void {
    res.vary('Accept-Encoding').send(`${accept}: ${TEXT}`);
  }

  @Get('stream')
  stream(): StreamableFile {
    return new StreamableFile(Buffer.from(TEXT), { type: 'text/plain' });
  }

  @Get('tagged')
  tagged(@Res() res: Response): void {
    res.set('ETag', 'W/"v1"').set('Vary', 'Origin').send(TEXT);
  }
}

let redis: RedisServer;
let app: INestApplication;
let url: string;

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp({ connection: redis.url }, { controllers: [PagesController] }, (made) => {
    // As compressing middleware does: whatever has a coding is left alone, and Vary is said in any case.
    made.use((_: unknown, res: Response, next: () => void) => {
      const writeHead = res.writeHead.bind(res) as (status: number) => Response;
      res.writeHead = ((status: number) => {
        res.vary('Accept-Encoding');
        return writeHead(status);
      }) as typeof res.writeHead;
      next();
    });
  });
  url = await urlOf(app);
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  send(`${url}/${path}`, headers);

/** The answer in a coding, which a slow machine makes after a while. */
const coded = (path: string, headers: Record<string, string> = BOTH): Promise<RawAnswer> =>
  eventually(async () => {
    const answer = await get(path, headers);
    expect(answer.headers['content-encoding']).toBeDefined();
    return answer;
  });
const json = JSON.stringify({ text: TEXT });

describe('a cached answer', () => {
  it('goes out compressed to those who accept it, with the right fields', async () => {
    const miss = await get('page', BOTH);
    expect(miss.headers['x-cache']).toBe('MISS');
    expect(miss.headers['content-encoding']).toBeUndefined();
    expect(miss.headers.vary).toBe('Accept-Encoding');
    const tag = miss.headers.etag!;

    const [br, gzip, plain, none] = [
      await coded('page'),
      await coded('page', { 'accept-encoding': 'gzip' }),
      await get('page'),
      await get('page', { 'accept-encoding': 'br;q=0, gzip;q=0' }),
    ];
    expect(br.headers['content-encoding']).toBe('br');
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(none.headers['content-encoding']).toBeUndefined();
    for (const answer of [br, gzip, plain, none]) {
      expect(answer.body.toString()).toBe(json);
      expect(answer.headers['x-cache']).toBe('HIT');
      expect(answer.headers.vary).toBe('Accept-Encoding');
      expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    }
    expect(br.bytes.length).toBeLessThan(json.length / 10);
    const tags = [br, gzip, plain].map(({ headers }) => headers.etag);
    expect(tags).toEqual([`${tag.slice(0, -1)}-br"`, `${tag.slice(0, -1)}-gzip"`, tag]);
  });

  it('is compressed for the first who asks, a stream too', async () => {
    await get('stream');
    const answer = await coded('stream');
    expect(answer.headers['content-encoding']).toBe('br');
    expect(answer.body.toString()).toBe(TEXT);
  });

  it('has the same fields for HEAD (RFC 9110 section 9.3.2)', async () => {
    await get('head');
    await coded('head');
    const head = await send(`${url}/head`, BOTH, 'HEAD');
    const { headers } = await get('head', BOTH);
    expect(head.bytes.length).toBe(0);
    for (const name of ['content-encoding', 'content-length', 'etag', 'vary', 'content-type'])
      expect([name, head.headers[name]]).toEqual([name, headers[name]]);
    expect(headers['content-encoding']).toBe('br');
  });

  it('is confirmed by the tag of the representation that would be sent', async () => {
    await get('page');
    const { headers } = await coded('page');
    const [plainTag, brTag] = [(await get('page')).headers.etag!, headers.etag!];
    const same = await get('page', { ...BOTH, 'if-none-match': brTag });
    expect(same.status).toBe(304);
    expect(same.headers.etag).toBe(brTag);
    expect(same.headers.vary).toBe('Accept-Encoding');
    expect(same.headers['content-encoding']).toBeUndefined();
    expect((await get('page', { ...BOTH, 'if-none-match': plainTag })).status).toBe(200);
    expect((await get('page', { 'if-none-match': brTag })).status).toBe(200);
    const plain = await get('page', { 'if-none-match': plainTag });
    expect([plain.status, plain.headers.etag]).toEqual([304, plainTag]);
  });

  it('is confirmed by the tag of a coding when the handler made the same bytes again', async () => {
    await get('again');
    const { headers } = await coded('again');
    await redis.use((client) => client.flushall());
    const again = await get('again', {
      ...BOTH,
      'if-none-match': headers.etag!,
      'cache-control': 'no-cache',
    });
    expect([again.status, again.headers.etag]).toEqual([304, headers.etag]);
    expect(again.headers['x-cache']).toBe('MISS');
  });

  it('keeps a weak tag weak, and the Vary of its handler', async () => {
    await get('tagged');
    const { headers } = await coded('tagged');
    expect(headers.etag).toBe('W/"v1-br"');
    expect(headers.vary).toBe('Origin, Accept-Encoding');
  });
});

describe('not compressed', () => {
  it.each([
    ['a short answer', 'small'],
    ['a route without encodings', 'off'],
    ['no-transform (RFC 9111 section 5.2.2.6)', 'transform'],
    ['a type that does not compress', 'picture'],
  ])('is %s', async (_, path) => {
    await get(path);
    const answer = await get(path, BOTH);
    expect(answer.headers['x-cache']).toBe('HIT');
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers.etag).toBe((await get(path)).headers.etag);
  });

  it('is what the handler compressed', async () => {
    await get('own', BOTH);
    const answer = await get('own', BOTH);
    expect(answer.headers['x-cache']).toBe('HIT');
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.body.toString()).toBe(TEXT);
  });

  it('is a variant by Accept-Encoding of the handler', async () => {
    await get('varied', BOTH);
    const answer = await get('varied', BOTH);
    expect(answer.headers['x-cache']).toBe('HIT');
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.body.toString()).toBe(`gzip, deflate, br: ${TEXT}`);
    expect(answer.headers.vary).toBe('Accept-Encoding');
  });

  it('is what does not get smaller; it is not tried again', async () => {
    await get('noise');
    const answer = await get('noise', { 'accept-encoding': 'br' });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers.vary).toBe('Accept-Encoding');
    expect(answer.body.equals(NOISE)).toBe(true);
    // Told in Redis too, so that no other node tries.
    await eventually(async () => {
      const entries = await redis.use(async (client) =>
        Promise.all((await client.keys('*')).map((key) => client.getBuffer(key).catch(() => null))),
      );
      const entry = entries.find((bytes) => bytes?.includes(NOISE));
      expect(entry?.includes('["br",0]')).toBe(true);
    });
  });
});
