import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Catch,
  Controller,
  Get,
  Header,
  HttpCode,
  Redirect,
  Render,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseInterceptors,
  type ArgumentsHost,
  type ExceptionFilter,
  type MessageEvent,
} from '@nestjs/common';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import { of, type Observable } from 'rxjs';
import { CacheInterceptor, CacheScope } from 'nestjs-redis-kit';
import { NestApp } from './support/nest-app.js';

const LIMIT = 50_000;
let runs = 0;

class TeapotError extends Error {}

/** Answers by a status and a field of its own. */
@Catch(TeapotError)
class TeapotFilter implements ExceptionFilter {
  catch(error: TeapotError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    response.status(418).set('X-Filtered', 'yes').json({ error: error.message });
  }
}

@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
class AnswersController {
  @Get('object')
  object(): object {
    runs += 1;
    return { text: 'caf\u00e9 \ud83d\ude00', nested: [1, null, { a: undefined }] };
  }

  @Get('text')
  text(): string {
    runs += 1;
    return 'text';
  }

  @Get('number')
  number(): number {
    runs += 1;
    return 0;
  }

  @Get('false')
  no(): boolean {
    runs += 1;
    return false;
  }

  @Get('null')
  nothing(): null {
    runs += 1;
    return null;
  }

  @Get('undefined')
  undefined(): void {
    runs += 1;
  }

  @Get('empty-string')
  emptyString(): string {
    runs += 1;
    return '';
  }

  @Get('observable')
  observable(): Observable<object> {
    runs += 1;
    return of({ last: 1 });
  }

  @Get('code')
  @HttpCode(203)
  code(): object {
    runs += 1;
    return {};
  }

  @Get('no-content')
  @HttpCode(204)
  noContent(): void {
    runs += 1;
  }

  @Get('fields')
  @Header('X-Static', 'one')
  @Header('Content-Type', 'application/vnd.kit+json')
  fields(@Res({ passthrough: true }) response: Response): object {
    runs += 1;
    response.set('X-Dynamic', 'two').append('Link', '</a>').append('Link', '</b>');
    return {};
  }

  @Get('status')
  status(@Res({ passthrough: true }) response: Response): object {
    runs += 1;
    response.status(203);
    return { made: true };
  }

  @Get('csv')
  csv(@Res({ passthrough: true }) response: Response): string {
    runs += 1;
    response.type('text/csv');
    return 'a,b\n';
  }

  @Get('moved')
  @Redirect('/elsewhere', 301)
  moved(): void {
    runs += 1;
  }

  @Get('moved-dynamically')
  @Redirect()
  movedDynamically(): object {
    runs += 1;
    return { url: '/there', statusCode: 308 };
  }

  @Get('view')
  @Render('page')
  view(): object {
    runs += 1;
    return { title: 'A & B' };
  }

  @Get('buffer')
  buffer(@Res() response: Response): void {
    runs += 1;
    response.type('application/octet-stream').send(Buffer.from([0, 255, 13, 10]));
  }

  @Get('returned-buffer')
  returnedBuffer(): Buffer {
    runs += 1;
    return Buffer.from([0, 255, 13, 10]);
  }

  @Get('file-below')
  fileBelow(): StreamableFile {
    runs += 1;
    return new StreamableFile(Buffer.alloc(LIMIT / 2, 'x'), {
      type: 'text/plain',
      disposition: 'attachment; filename="x.txt"',
    });
  }

  @Get('stream-below')
  streamBelow(): StreamableFile {
    runs += 1;
    return new StreamableFile(Readable.from(['first ', 'second ', 'third']));
  }

  @Get('file-above')
  fileAbove(): StreamableFile {
    runs += 1;
    return new StreamableFile(Buffer.alloc(LIMIT * 2, 'x'), { type: 'text/plain' });
  }

  @Get('stream-above')
  streamAbove(): StreamableFile {
    runs += 1;
    return new StreamableFile(
      Readable.from(Array.from({ length: 20 }, () => 'x'.repeat(LIMIT / 10))),
    );
  }

  @Get('manual')
  manual(@Res() response: Response): void {
    runs += 1;
    response.writeHead(203, { 'Content-Type': 'text/plain', 'X-By': 'hand' });
    response.write('in ');
    response.write(Buffer.from('parts '), () => response.end('6162', 'hex'));
  }

  @Get('manual-json')
  manualJson(@Res() response: Response): void {
    runs += 1;
    response.json({ by: 'hand' });
  }

  @Get('sent-file')
  sentFile(@Req() request: Request, @Res() response: Response): void {
    runs += 1;
    response.sendFile('page.hbs', { root: String(request.app.get('views')) });
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    runs += 1;
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('bad-request')
  badRequest(): never {
    runs += 1;
    throw new BadRequestException('not like this');
  }

  @Get('failure')
  failure(): never {
    runs += 1;
    throw new Error('broken');
  }

  @Get('rejected')
  async rejected(): Promise<never> {
    runs += 1;
    return Promise.reject(new Error('broken'));
  }

  @Get('teapot')
  @UseFilters(TeapotFilter)
  teapot(): never {
    runs += 1;
    throw new TeapotError('short and stout');
  }

  @Get('half')
  half(@Res() response: Response): void {
    runs += 1;
    response.set('Content-Length', '10').write('first');
    throw new Error('broken');
  }
}

let nest: NestApp;
let views: string;

beforeAll(async () => {
  views = await mkdtemp(join(tmpdir(), 'views-'));
  await writeFile(join(views, 'page.hbs'), '<h1>{{title}}</h1>');
  nest = await NestApp.start(
    { controllers: [AnswersController] },
    { cache: { maxEntryBytes: LIMIT } },
    (app) => app.setBaseViewsDir(views).setViewEngine('hbs'),
  );
});
beforeEach(() => {
  runs = 0;
});
afterAll(async () => {
  await nest.stop();
  await rm(views, { recursive: true });
});

/** Change from answer to answer. */
const OF_THE_DELIVERY = new Set([
  'age',
  'cache-status',
  'x-cache',
  'transfer-encoding',
  'content-length',
]);

function lasting(headers: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_DELIVERY.has(name)));
}

const stored: readonly (readonly [path: string, status: number, body: string | Buffer])[] = [
  ['object', 200, '{"text":"caf\u00e9 \ud83d\ude00","nested":[1,null,{}]}'],
  ['text', 200, 'text'],
  ['number', 200, '0'],
  ['false', 200, 'false'],
  ['null', 200, ''],
  ['undefined', 200, ''],
  ['empty-string', 200, ''],
  ['observable', 200, '{"last":1}'],
  ['code', 203, '{}'],
  ['no-content', 204, ''],
  ['fields', 200, '{}'],
  ['status', 203, '{"made":true}'],
  ['csv', 200, 'a,b\n'],
  ['view', 200, '<h1>A &amp; B</h1>'],
  ['buffer', 200, Buffer.from([0, 255, 13, 10])],
  ['file-below', 200, 'x'.repeat(LIMIT / 2)],
  ['stream-below', 200, 'first second third'],
  ['manual', 203, 'in parts ab'],
  ['manual-json', 200, '{"by":"hand"}'],
];

describe('what a handler sends is what is stored', () => {
  it.each(stored)('%s: %i', async (path, status, body) => {
    const first = await nest.get(`/${path}`);
    const second = await nest.get(`/${path}`);
    expect([first.status, first.bytes]).toEqual([status, Buffer.from(body)]);
    expect([second.status, second.bytes]).toEqual([status, Buffer.from(body)]);
    expect(lasting(second.headers)).toMatchObject(lasting(first.headers));
    expect([second.headers['x-cache'], runs]).toEqual(['HIT', 1]);
  });

  it.each([
    ['moved', 301, '/elsewhere'],
    ['moved-dynamically', 308, '/there'],
  ])('%s: %i to %s', async (path, status, location) => {
    for (const served of ['MISS', 'HIT'])
      expect(await nest.get(`/${path}`, { Accept: 'text/html' })).toMatchObject({
        status,
        headers: { location, 'x-cache': served },
      });
    expect(runs).toBe(1);
  });

  it('a Buffer that is returned: whatever Nest makes of it', async () => {
    const [first, second] = [
      await nest.get('/returned-buffer'),
      await nest.get('/returned-buffer'),
    ];
    expect(second.bytes).toEqual(first.bytes);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
  });

  it('keeps several lines of one field apart', async () => {
    await nest.get('/fields');
    const { names, headers } = await nest.get('/fields');
    expect(names.filter((name) => name === 'link')).toHaveLength(2);
    expect(headers).toMatchObject({
      'x-static': 'one',
      'x-dynamic': 'two',
      'content-type': expect.stringContaining('application/vnd.kit+json'),
      'x-cache': 'HIT',
    });
  });

  it('a file that Express sends keeps its own validators', async () => {
    const first = await nest.get('/sent-file');
    const second = await nest.get('/sent-file');
    expect(second.body).toBe('<h1>{{title}}</h1>');
    expect(second.headers['last-modified']).toBe(first.headers['last-modified']);
    expect(second.headers.etag).toBe(first.headers.etag);
  });

  it('a HEAD runs the handler where nothing is stored, and only there', async () => {
    const cold = await nest.send('/text?head', { method: 'HEAD' });
    expect([cold.status, cold.body, runs]).toEqual([200, '', 1]);
    await nest.get('/text?head');
    const warm = await nest.send('/text?head', { method: 'HEAD' });
    expect([warm.headers['content-length'], warm.headers['x-cache'], runs]).toEqual([
      '4',
      'HIT',
      2,
    ]);
  });
});

describe('what a handler sends and is not stored', () => {
  it.each([
    ['file-above', 'x'.repeat(LIMIT * 2)],
    ['stream-above', 'x'.repeat(LIMIT * 2)],
  ])('%s, larger than the cache takes, goes out whole', async (path, body) => {
    for (const run of [1, 2]) {
      const { body: sent, status } = await nest.get(`/${path}`);
      expect([status, sent.length, sent === body, runs]).toEqual([200, body.length, true, run]);
    }
  });

  it('an event stream', async () => {
    for (const run of [1, 2]) {
      const { body, headers } = await nest.get('/events', { Accept: 'text/event-stream' });
      expect(headers['content-type']).toContain('text/event-stream');
      expect([body.match(/data: \w+/g), runs]).toEqual([['data: one', 'data: two'], run]);
    }
  });

  it.each([
    ['bad-request', 400, 'not like this'],
    ['failure', 500, 'Internal server error'],
    ['rejected', 500, 'Internal server error'],
    ['teapot', 418, 'short and stout'],
  ])('%s: %i by its filter, each time', async (path, status, text) => {
    for (const run of [1, 2]) {
      const reply = await nest.get(`/${path}`);
      expect([reply.status, runs]).toEqual([status, run]);
      expect(reply.body).toContain(text);
      if (path === 'teapot') expect(reply.headers['x-filtered']).toBe('yes');
      expect(reply.headers['x-cache']).toBe('MISS');
    }
  });

  it('an answer that fails in the middle', async () => {
    await expect(nest.get('/half')).rejects.toThrow();
    await expect(nest.get('/half')).rejects.toThrow();
    expect(runs).toBe(2);
  });
});
