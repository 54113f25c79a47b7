import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswersController, counted, LIMIT } from './support/answers.controller.js';
import { NestApp } from './support/nest-app.js';

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
  counted.runs = 0;
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
    expect([second.headers['x-cache'], counted.runs]).toEqual(['HIT', 1]);
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
    expect(counted.runs).toBe(1);
  });

  it('a Buffer that is returned: whatever Nest makes of it', async () => {
    const [first, second] = [
      await nest.get('/returned-buffer'),
      await nest.get('/returned-buffer'),
    ];
    expect(second.bytes).toEqual(first.bytes);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
  });

  it('the Date that was sent, however long the rest took: RFC 9110 6.6.1', async () => {
    const first = await nest.get('/slow');
    const second = await nest.get('/slow');
    expect([second.headers['x-cache'], second.body]).toEqual(['HIT', 'begun, done']);
    expect(second.headers['date']).toBe(first.headers['date']);
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
    expect([cold.status, cold.body, counted.runs]).toEqual([200, '', 1]);
    await nest.get('/text?head');
    const warm = await nest.send('/text?head', { method: 'HEAD' });
    expect([warm.headers['content-length'], warm.headers['x-cache'], counted.runs]).toEqual([
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
      expect([status, sent.length, sent === body, counted.runs]).toEqual([
        200,
        body.length,
        true,
        run,
      ]);
    }
  });

  it('an event stream', async () => {
    for (const run of [1, 2]) {
      const { body, headers } = await nest.get('/events', { Accept: 'text/event-stream' });
      expect(headers['content-type']).toContain('text/event-stream');
      expect([body.match(/data: \w+/g), counted.runs]).toEqual([['data: one', 'data: two'], run]);
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
      expect([reply.status, counted.runs]).toEqual([status, run]);
      expect(reply.body).toContain(text);
      if (path === 'teapot') expect(reply.headers['x-filtered']).toBe('yes');
      expect(reply.headers['x-cache']).toBe('MISS');
    }
  });

  it('an answer that fails in the middle', async () => {
    await expect(nest.get('/half')).rejects.toThrow();
    await expect(nest.get('/half')).rejects.toThrow();
    expect(counted.runs).toBe(2);
  });
});
