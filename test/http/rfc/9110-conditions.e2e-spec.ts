import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import type { Fields } from '../support/origin.js';
import type { Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({
    mounts: { silent: [CachePolicy({ freshness: 'headers', downstream: false })] },
  });
});
afterAll(() => harness.stop());

async function storedPage(fields: Fields, mount?: string): Promise<Page> {
  const headers = { 'Cache-Control': 'max-age=600', ...fields };
  const page = harness.page(mount).answers({ headers, body: 'stored' });
  await page.get();
  await harness.settled();
  return page;
}

type ConditionCase = readonly [field: string, etag: string | undefined, status: 200 | 304];

const noneMatch: readonly ConditionCase[] = [
  ['"v1"', '"v1"', 304],
  ['"v2"', '"v1"', 200],
  ['"v2", "v1"', '"v1"', 304],
  ['"v2","v1"', '"v1"', 304],
  ['"v2" ,\t"v1" , ', '"v1"', 304],
  ['"v2", "v3"', '"v1"', 200],
  ['W/"v1"', '"v1"', 304],
  ['"v1"', 'W/"v1"', 304],
  ['W/"v1"', 'W/"v1"', 304],
  ['*', '"v1"', 304],
  ['*', undefined, 304],
  ['"V1"', '"v1"', 200],
  ['v1', '"v1"', 200],
  ['"a,b"', '"a,b"', 304],
  ['"b"', '"a,"b"', 200],
  ['""', '""', 304],
  ['', '"v1"', 200],
  ['"v1', '"v1"', 200],
];

describe('RFC 9110, 13.1.2 If-None-Match', () => {
  it.each(noneMatch)('%s against %s: %i', async (field, etag, status) => {
    const page = await storedPage({ ETag: etag });
    const visit = await page.get({ 'If-None-Match': field });
    expect(visit).toMatchObject({ status, from: 'cache', body: status === 200 ? 'stored' : '' });
  });

  it('several lines of the field count as one', async () => {
    const page = await storedPage({ ETag: '"v1"' });
    expect((await page.get({ 'If-None-Match': ['"v2"', '"v1"'] })).status).toBe(304);
  });

  it('is answered by the tag that the cache makes of the bytes where the handler made none', async () => {
    const page = await storedPage({});
    const { etag } = (await page.get()).headers;
    expect(etag).toMatch(/^"[^"]+"$/);
    expect((await page.get({ 'If-None-Match': etag })).status).toBe(304);
    expect((await page.get({ 'If-None-Match': `W/${etag}` })).status).toBe(304);
    expect((await page.get({ 'If-None-Match': '"other"' })).status).toBe(200);
  });

  it('gives different bytes different tags', async () => {
    const [one, other] = [harness.page(), harness.page()];
    await one.get();
    await other.get();
    await harness.settled();
    const tags = [(await one.get()).headers.etag, (await other.get()).headers.etag];
    expect(new Set(tags).size).toBe(2);
  });

  it('13.2.1 counts for a 200 only', async () => {
    const page = harness.page().answers({
      status: 404,
      headers: { 'Cache-Control': 'max-age=600', ETag: '"v1"' },
    });
    await page.get();
    await harness.settled();
    expect(await page.get({ 'If-None-Match': '"v1"' })).toMatchObject({
      status: 404,
      from: 'cache',
    });
  });
});

describe('RFC 9110, 13.1.3 If-Modified-Since', () => {
  it.each([
    ['the same time', 0, 304],
    ['a later time', 100, 304],
    ['an earlier time', -1, 200],
  ] as const)('%s', async (_, seconds, status) => {
    const modified = Math.floor(harness.now() / 1000) * 1000 - 1_000_000;
    const page = await storedPage({ 'Last-Modified': new Date(modified).toUTCString() });
    const since = new Date(modified + seconds * 1000).toUTCString();
    expect(await page.get({ 'If-Modified-Since': since })).toMatchObject({ status, from: 'cache' });
  });

  it.each(['', 'yesterday', '0', '2026-11-21', 'Sat, 40 Nov 2026 10:00:00 GMT'])(
    'what is no date is ignored: %s',
    async (since) => {
      const page = await storedPage({ 'Last-Modified': harness.date(-1000) });
      expect((await page.get({ 'If-Modified-Since': since })).status).toBe(200);
    },
  );

  it('13.2.2 is ignored beside If-None-Match, whichever of them would match', async () => {
    const page = await storedPage({ ETag: '"v1"', 'Last-Modified': harness.date(-1000) });
    const [later, earlier] = [harness.date(-500), harness.date(-2000)];
    const status = async (tag: string, since: string): Promise<number> =>
      (await page.get({ 'If-None-Match': tag, 'If-Modified-Since': since })).status;
    expect(await status('"v2"', later)).toBe(200);
    expect(await status('"v1"', earlier)).toBe(304);
  });

  it('9111 4.3.2 compares with Date where there is no Last-Modified', async () => {
    const page = await storedPage({ 'Last-Modified': undefined });
    expect((await page.get({ 'If-Modified-Since': harness.date(60) })).status).toBe(304);
    expect((await page.get({ 'If-Modified-Since': harness.date(-600) })).status).toBe(200);
  });
});

describe('RFC 9110, 15.4.5 304 Not Modified', () => {
  const named = {
    ETag: '"v1"',
    Vary: 'Accept-Language',
    'Content-Location': '/elsewhere',
    Expires: 'Sat, 21 Nov 2099 10:00:00 GMT',
    'Cache-Control': 'max-age=600',
  };
  const described = {
    'Content-Language': 'de',
    'Content-Disposition': 'inline',
    'Last-Modified': 'Sat, 21 Nov 2020 10:00:00 GMT',
    'Content-Encoding': 'identity',
  };

  it('has the fields that the 200 has and that a 304 must have, and no others that describe the body', async () => {
    const page = await storedPage({ ...named, ...described });
    const full = await page.get();
    const { headers, names, bytes } = await page.get({ 'If-None-Match': '"v1"' });
    for (const name of ['etag', 'vary', 'content-location', 'expires', 'cache-control', 'date'])
      expect([name, headers[name]]).toEqual([name, full.headers[name]]);
    expect(headers.age).toMatch(/^\d+$/);
    expect(bytes).toHaveLength(0);
    for (const name of [
      'content-type',
      'content-length',
      'content-language',
      'content-encoding',
      'content-disposition',
      'transfer-encoding',
    ])
      expect(names).not.toContain(name);
  });

  it('is answered from the cache, and says so', async () => {
    const page = await storedPage(named);
    const { cacheStatus } = await page.get({ 'If-None-Match': '"v1"' });
    expect(cacheStatus).toMatchObject({ cache: 'nestjs-redis-kit', hit: true });
  });
});

describe('RFC 9110, 13.1.1 and 13.1.4 conditions that are for the origin', () => {
  it.each([
    ['If-Match', '"v1"'],
    ['If-Unmodified-Since', 'Sat, 21 Nov 2099 10:00:00 GMT'],
    ['If-Range', '"v1"'],
  ])('%s passes by', async (name, value) => {
    const page = await storedPage({ ETag: '"v1"' });
    const visit = await page.get({ [name]: value });
    expect(visit.from).toBe('origin');
    expect(visit.asked[0]?.headers[name.toLowerCase()]).toBe(value);
  });
});
