import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CacheScope } from 'nestjs-redis-kit';
import { eventually } from '../../support/eventually.js';
import { ProxyHarness } from '../support/proxy-harness.js';
import { playReuse, type ReuseCase } from '../support/reuse-table.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({ mounts: { public: [CacheScope('public')] } });
});
afterAll(() => harness.stop());

const silent = { 'Cache-Control': undefined };
const AUTHORIZED = { Authorization: 'Bearer alice' };

/** Final statuses that a cache understands; 206 and 304 need more than it does. RFC 9111 section 3. */
const EXPLICIT = [
  200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 409,
  410, 414, 421, 422, 451, 500, 501, 502, 503, 504,
];
/** RFC 9110 section 15.1, without 206. */
const HEURISTIC = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];
const NOT_HEURISTIC = [201, 202, 302, 303, 307, 400, 401, 403, 409, 429, 500, 502, 503, 504];

const statuses: readonly ReuseCase[] = [
  ...EXPLICIT.map((status): ReuseCase => ({
    name: `3 ${status} with a lifetime is stored`,
    answer: { status },
    from: 'cache',
  })),
  ...[428, 429, 431, 511].map((status): ReuseCase => ({
    name: `6585 ${status} is not stored, whatever it says`,
    answer: { status },
    from: 'origin',
  })),
  ...[206, 304].map((status): ReuseCase => ({
    name: `3.3 ${status} is not stored, whatever it says`,
    answer: { status },
    from: 'origin',
  })),
  ...HEURISTIC.map((status): ReuseCase => ({
    name: `4.2.2 ${status} is stored by heuristic`,
    mount: 'heuristic',
    answer: ({ date }) => ({ status, headers: { ...silent, 'Last-Modified': date(-1000) } }),
    from: 'cache',
  })),
  ...NOT_HEURISTIC.map((status): ReuseCase => ({
    name: `4.2.2 ${status} is not stored by heuristic`,
    mount: 'heuristic',
    answer: ({ date }) => ({ status, headers: { ...silent, 'Last-Modified': date(-1000) } }),
    from: 'origin',
  })),
  ...[200, 203, 204, 300, 301, 308].map((status): ReuseCase => ({
    name: `3 ${status} is stored under the TTL of the route`,
    mount: 'ttl',
    answer: { status, headers: silent },
    from: 'cache',
  })),
  ...[201, 202, 302, 307, 400, 403, 404, 410, 500, 503].map((status): ReuseCase => ({
    name: `3 ${status} is not stored under the TTL of the route`,
    mount: 'ttl',
    answer: { status, headers: silent },
    from: 'origin',
  })),
];

const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH'].map(
  (method): ReuseCase => ({
    name: `3 ${method} is never answered from the cache`,
    method,
    answer: { headers: { 'Cache-Control': 'public, max-age=600' } },
    from: 'origin',
  }),
);

const prohibitions: readonly ReuseCase[] = [
  { name: '3 nothing speaks against it', from: 'cache' },
  { name: '5.2.2.5 no-store', answer: says('max-age=600, no-store'), from: 'origin' },
  { name: '5.2.2.5 no-store in capitals', answer: says('max-age=600, No-Store'), from: 'origin' },
  {
    name: '5.2.2.5 no-store with an argument',
    answer: says('max-age=600, no-store=1'),
    from: 'origin',
  },
  { name: '5.2.2.7 private', answer: says('max-age=600, private'), from: 'origin' },
  {
    name: '5.2.2.7 private beats public',
    answer: says('public, max-age=600, private'),
    from: 'origin',
  },
  { name: '5.2.2.7 private beats s-maxage', answer: says('s-maxage=600, private'), from: 'origin' },
  {
    name: '4.1 Vary: * never matches',
    answer: { headers: { Vary: '*' } },
    from: 'origin',
  },
  {
    name: '4.1 * among other members of Vary',
    answer: { headers: { Vary: 'Accept, *' } },
    from: 'origin',
  },
  {
    name: '7.3 Set-Cookie keeps an answer out of a shared cache',
    answer: { headers: { 'Set-Cookie': 'a=1' } },
    from: 'origin',
  },
  {
    name: '7.3 Set-Cookie also where the answer says public',
    answer: { headers: { 'Cache-Control': 'public, max-age=600', 'Set-Cookie': ['a=1', 'b=2'] } },
    from: 'origin',
  },
  {
    name: '3.3 Content-Range on a 200 is in doubt',
    answer: { headers: { 'Content-Range': 'bytes 0-1/9' } },
    from: 'origin',
  },
  {
    name: 'an event stream never ends',
    answer: { headers: { 'Content-Type': 'text/event-stream' } },
    from: 'origin',
  },
  {
    name: 'CSP with a nonce is for one answer only',
    answer: { headers: { 'Content-Security-Policy': "script-src 'nonce-r4nd0m'" } },
    from: 'origin',
  },
];

/** Without a declared scope this cache does not even look: section 3.5 allows to share, and does not ask for it. */
const authorizations: readonly ReuseCase[] = [
  ...['max-age=600', 'public, max-age=600', 's-maxage=600', 'must-revalidate, max-age=600'].map(
    (control): ReuseCase => ({
      name: `3.5 a request with Authorization is not shared: ${control}`,
      first: AUTHORIZED,
      second: { Authorization: 'Bearer bob' },
      answer: says(control),
      from: 'origin',
    }),
  ),
  {
    name: '3.5 what was stored for all is not for one with Authorization',
    answer: says('public, max-age=600'),
    first: {},
    second: AUTHORIZED,
    from: 'origin',
  },
  {
    name: '3.5 a request with Authorization is shared where the route declares its scope',
    mount: 'public',
    first: AUTHORIZED,
    second: { Authorization: 'Bearer bob' },
    from: 'cache',
  },
];

describe('RFC 9111, 3 Storing Responses in Caches', () => {
  it.each(statuses)('$name', (one) => playReuse(harness, one));
  it.each(methods)('$name', (one) => playReuse(harness, one));
  it.each(prohibitions)('$name', (one) => playReuse(harness, one));
  it.each(authorizations)('$name', (one) => playReuse(harness, one));

  it('2 keeps the answers of two queries apart, and takes their order for nothing', async () => {
    const page = harness.page();
    await page.send({ query: '?a=1&b=2' });
    await harness.settled();
    expect((await page.send({ query: '?b=2&a=1' })).from).toBe('cache');
    expect((await page.send({ query: '?a=1&b=3' })).from).toBe('origin');
    expect((await page.get()).from).toBe('origin');
  });

  it.each(['headers', 'ttl', 'default'])(
    '3.3 stores nothing of an answer that was cut off (%s)',
    async (mount) => {
      const page = harness.page(mount);
      page.answers({ breaks: 'in the body', body: 'the whole story' }, { body: 'the whole story' });
      await expect(page.get()).rejects.toThrow();
      const second = await page.get();
      expect(second).toMatchObject({ from: 'origin', body: 'the whole story' });
    },
  );

  it('3.3 stores nothing of an answer shorter than it said', async () => {
    const page = harness.page();
    const headers = { 'Cache-Control': 'max-age=600', 'Content-Length': '100' };
    page.answers({ headers, breaks: 'in the body', body: 'x'.repeat(100) }, {});
    await expect(page.get()).rejects.toThrow();
    expect((await page.get()).from).toBe('origin');
  });

  it('3.4 a request with a condition on a cold page leaves no part of an answer behind', async () => {
    const page = harness.page().script(({ headers }) => ({
      status: headers['if-none-match'] === '"v1"' ? 304 : 200,
      headers: { 'Cache-Control': 'max-age=600', ETag: '"v1"' },
      body: 'version 1',
    }));
    expect((await page.get({ 'If-None-Match': '"v1"' })).status).toBe(304);
    await harness.settled();
    expect(await page.get()).toMatchObject({ status: 200, body: 'version 1' });
  });

  it('3.1 keeps fields, with several lines of one field, and their text', async () => {
    const headers = {
      'Cache-Control': 'max-age=600',
      'Content-Language': 'de',
      Link: ['</a.css>; rel=preload', '</b.js>; rel=preload'],
      'X-Text': 'caf\u00e9; "quoted, comma"',
      'Last-Modified': harness.date(-100),
      Expires: harness.date(600),
    };
    const page = harness.page().answers({ headers });
    const first = await page.get();
    await harness.settled();
    const second = await page.get();
    expect(second.from).toBe('cache');
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    for (const name of names)
      expect([name, second.headers[name]]).toEqual([name, first.headers[name]]);
    expect(second.names.filter((name) => name === 'link')).toHaveLength(2);
  });

  it('3 serves bytes as they came, in parts and as a whole', async () => {
    const body = Buffer.from([0, 255, 10, 13, 0xf0, 0x9f, 0x98]);
    for (const name of ['headers', 'headers/whole']) {
      const page = harness.page(name).answers({
        headers: { 'Cache-Control': 'max-age=600', 'Content-Type': 'application/octet-stream' },
        body,
      });
      await page.get();
      await harness.settled();
      const second = await page.get();
      expect(second.from).toBe('cache');
      expect(second.bytes).toEqual(body);
    }
  });

  it('keeps a lifetime in Redis too: no entry without an end', async () => {
    const page = harness.page().answers({ headers: { 'Cache-Control': 'max-age=99999999999' } });
    await page.get();
    await harness.settled();
    await harness.redis.use(async (client) => {
      const keys = await eventually(async () => {
        const found = await client.keys('cache:*');
        expect(found.length).toBeGreaterThan(0);
        return found;
      });
      const endless = await Promise.all(keys.map(async (key) => [key, await client.pttl(key)]));
      expect(endless.filter(([, ttl]) => ttl === -1)).toEqual([]);
    });
  });
});

function says(control: string): { headers: Record<string, string> } {
  return { headers: { 'Cache-Control': control } };
}
