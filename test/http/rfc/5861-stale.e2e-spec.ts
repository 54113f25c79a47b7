import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import { eventually } from '../../support/eventually.js';
import { latch } from '../../support/latch.js';
import type { Answer } from '../support/origin.js';
import type { Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  const headers = { freshness: 'headers' } as const;
  harness = await ProxyHarness.start({
    mounts: {
      swr: [CachePolicy({ ...headers, staleWhileRevalidate: '60s' })],
      sie: [CachePolicy({ ...headers, staleIfError: '60s' })],
    },
  });
});
afterAll(() => harness.stop());

/** A page whose answer went stale after 100 seconds, that long ago. */
async function stalePage(mount: string, directives: string, staleSeconds: number): Promise<Page> {
  const control = ['max-age=100', directives].filter(Boolean).join(', ');
  const page = harness.page(mount).answers({
    headers: { 'Cache-Control': control, ETag: '"v1"' },
    body: 'stored',
  });
  await page.get();
  await harness.pass(100 + staleSeconds);
  return page;
}

const NEW: Answer = { headers: { 'Cache-Control': 'max-age=100', ETag: '"v2"' }, body: 'new' };

/** Where the permission comes from: mount and directive of the answer. */
const whileRevalidate = [
  ['from the header', 'headers', 'stale-while-revalidate=60'],
  ['from the decorator', 'swr', ''],
] as const;

describe.each(whileRevalidate)('RFC 5861, 3 stale-while-revalidate %s', (_, mount, directive) => {
  it('serves the stale answer at once while the origin is asked', async () => {
    const page = await stalePage(mount, directive, 30);
    const held = latch();
    page.answers({ ...NEW, after: held.released });
    const visit = await page.get();
    expect(visit).toMatchObject({ status: 200, body: 'stored' });
    expect(Number(visit.headers.age)).toBeGreaterThanOrEqual(130);
    expect(visit.cacheStatus?.hit).toBe(true);
    expect(visit.cacheStatus?.ttl).toBeLessThan(0);
    held.release();
    await eventually(async () => expect((await page.get()).body).toBe('new'));
  });

  it('asks the origin once, however many clients come', async () => {
    const page = await stalePage(mount, directive, 30);
    const before = page.requests.length;
    const held = latch();
    page.answers({ ...NEW, after: held.released });
    const visits = await Promise.all(Array.from({ length: 20 }, () => page.get()));
    expect(new Set(visits.map(({ body }) => body))).toEqual(new Set(['stored']));
    held.release();
    await eventually(async () => expect((await page.get()).body).toBe('new'));
    expect(page.requests.length - before).toBe(1);
  });

  it('serves nothing stale beyond its time', async () => {
    const page = await stalePage(mount, directive, 90);
    page.answers(NEW);
    expect((await page.get()).body).toBe('new');
  });

  it('keeps the stale answer when the background request fails, and tries again later', async () => {
    const page = await stalePage(mount, directive, 30);
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    const before = page.requests.length;
    for (let round = 0; round < 3; round += 1) {
      expect(await page.get()).toMatchObject({ status: 200, body: 'stored' });
      await harness.settled();
    }
    // A failing origin is left in peace for some seconds.
    expect(page.requests.length - before).toBe(1);
    page.answers(NEW);
    await harness.pass(10);
    await eventually(async () => expect((await page.get()).body).toBe('new'));
  });

  it('gives a client with the stale answer its 304', async () => {
    const page = await stalePage(mount, directive, 30);
    page.answers(NEW);
    expect((await page.get({ 'If-None-Match': '"v1"' })).status).toBe(304);
    await eventually(async () => expect((await page.get()).body).toBe('new'));
  });

  it('answers a HEAD stale too', async () => {
    const page = await stalePage(mount, directive, 30);
    page.answers(NEW);
    const head = await page.send({ method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
  });
});

describe('RFC 5861, 3 stale-while-revalidate', () => {
  it("the answer's own word wins over the decorator", async () => {
    const page = await stalePage('swr', 'stale-while-revalidate=10', 30);
    page.answers(NEW);
    expect((await page.get()).body).toBe('new');
  });

  it('a request with no-cache gets the new answer', async () => {
    const page = await stalePage('swr', '', 30);
    page.answers(NEW);
    expect((await page.get({ 'Cache-Control': 'no-cache' })).body).toBe('new');
  });

  it('validates in the background', async () => {
    const page = await stalePage('swr', '', 30);
    page.answers({ status: 304, headers: { 'Cache-Control': 'max-age=100', ETag: '"v1"' } });
    await page.get();
    await eventually(() => expect(page.requests.at(-1)?.headers['if-none-match']).toBe('"v1"'));
    await harness.pass(50);
    expect(await page.get()).toMatchObject({ body: 'stored', from: 'cache' });
  });
});

const ifError = [
  ['from the header', 'headers', 'stale-if-error=60'],
  ['from the decorator', 'sie', ''],
] as const;

describe.each(ifError)('RFC 5861, 4 stale-if-error %s', (_, mount, directive) => {
  it.each([500, 502, 503, 504])('serves the stale answer for a %i', async (status) => {
    const page = await stalePage(mount, directive, 30);
    page.answers({ status, headers: { 'Cache-Control': undefined }, body: 'broken' });
    const visit = await page.get();
    expect(visit).toMatchObject({ status: 200, body: 'stored', headers: { etag: '"v1"' } });
    expect(Number(visit.headers.age)).toBeGreaterThanOrEqual(130);
  });

  it('serves the stale answer where the handler throws', async () => {
    const page = await stalePage(mount, directive, 30);
    page.answers({ breaks: 'before the head' });
    expect(await page.get()).toMatchObject({ status: 200, body: 'stored' });
  });

  it.each([400, 403, 404, 410, 501])('passes a %i on', async (status) => {
    const page = await stalePage(mount, directive, 30);
    page.answers({ status, headers: { 'Cache-Control': 'no-store' }, body: 'no' });
    expect(await page.get()).toMatchObject({ status, body: 'no' });
  });

  it('serves nothing stale beyond its time', async () => {
    const page = await stalePage(mount, directive, 90);
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    expect(await page.get()).toMatchObject({ status: 503, body: 'broken' });
  });

  it('has the new answer again once the origin works', async () => {
    const page = await stalePage(mount, directive, 30);
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    await page.get();
    page.answers(NEW);
    await harness.pass(10);
    expect((await page.get()).body).toBe('new');
  });

  it('says how the answer came about', async () => {
    const page = await stalePage(mount, directive, 30);
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    const { cacheStatus, headers } = await page.get();
    expect(cacheStatus).toMatchObject({ fwd: 'stale', 'fwd-status': 503 });
    expect(headers['x-cache']).toBe('STALE');
  });
});

describe('RFC 5861, 4 stale-if-error', () => {
  it('a client with the stale answer gets its 304', async () => {
    const page = await stalePage('sie', '', 30);
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    expect((await page.get({ 'If-None-Match': '"v1"' })).status).toBe(304);
  });

  it("the answer's own word wins over the decorator", async () => {
    const page = await stalePage('sie', 'stale-if-error=10', 30);
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    expect((await page.get()).status).toBe(503);
  });
});

describe('RFC 5861, 4 stale-if-error of a request', () => {
  const BROKEN: Answer = { status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' };

  it.each<[string, string, object]>([
    ['inside its window', 'stale-if-error=60', { status: 200, body: 'stored' }],
    ['after it', 'stale-if-error=20', { status: 503, body: 'broken' }],
    ['is none in a broken field', 'a b, stale-if-error=60', { status: 503, body: 'broken' }],
  ])('%s', async (_, control, expected) => {
    const page = await stalePage('headers', '', 30);
    page.answers(BROKEN);
    expect(await page.get({ 'Cache-Control': control })).toMatchObject(expected);
  });

  it('is for that request alone', async () => {
    const page = await stalePage('headers', '', 30);
    page.answers(BROKEN);
    const asking = await page.get({ 'Cache-Control': 'stale-if-error=60' });
    expect([asking.status, (await page.get()).status]).toEqual([200, 503]);
  });

  it('is no leave against must-revalidate', async () => {
    const page = await stalePage('headers', 'must-revalidate', 30);
    page.answers(BROKEN);
    expect((await page.get({ 'Cache-Control': 'stale-if-error=60' })).status).toBe(503);
  });
});
