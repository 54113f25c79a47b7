import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy, NoCache } from 'nestjs-redis-kit';
import { eventually } from '../../support/eventually.js';
import { latch } from '../../support/latch.js';
import type { Fields } from '../support/origin.js';
import type { Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({
    mounts: {
      swr: [CachePolicy({ freshness: 'headers', staleWhileRevalidate: '60s' })],
      off: [NoCache()],
    },
  });
});
afterAll(() => harness.stop());

async function storedPage(fields: Fields = {}, mount?: string): Promise<Page> {
  const headers = { 'Cache-Control': 'max-age=100', ETag: '"v1"', ...fields };
  const page = harness.page(mount).answers({ headers, body: 'stored' });
  await page.get();
  await harness.settled();
  return page;
}

const OWN = { cache: 'nestjs-redis-kit' };

describe('RFC 9211 Cache-Status, and X-Cache', () => {
  it('hit, with the rest of its life', async () => {
    const page = await storedPage();
    await harness.pass(30);
    const { cacheStatus, headers } = await page.get();
    expect(cacheStatus).toMatchObject({ ...OWN, hit: true });
    expect(cacheStatus).not.toHaveProperty('fwd');
    expect(cacheStatus?.ttl).toBeGreaterThanOrEqual(68);
    expect(cacheStatus?.ttl).toBeLessThanOrEqual(70);
    expect(headers['x-cache']).toBe('HIT');
  });

  it('uri-miss that is stored', async () => {
    const { cacheStatus, headers } = await harness.page().get();
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'uri-miss', stored: true });
    expect(cacheStatus).not.toHaveProperty('hit');
    expect(headers['x-cache']).toBe('MISS');
  });

  it('uri-miss that is not stored, and why', async () => {
    const page = harness.page().answers({ headers: { 'Cache-Control': 'no-store' } });
    const { cacheStatus } = await page.get();
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'uri-miss', detail: 'cache-control' });
    expect(cacheStatus).not.toHaveProperty('stored');
  });

  it('vary-miss', async () => {
    const page = await storedPage({ Vary: 'Accept-Language' });
    const { cacheStatus } = await page.get({ 'Accept-Language': 'fr' });
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'vary-miss', stored: true });
  });

  it('stale, with the status of a validation', async () => {
    const page = await storedPage();
    await harness.pass(200);
    page.answers({ status: 304, headers: { 'Cache-Control': 'max-age=100', ETag: '"v1"' } });
    const { status, cacheStatus, headers } = await page.get();
    expect(status).toBe(200);
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'stale', 'fwd-status': 304 });
    expect(headers['x-cache']).toBe('REVALIDATED');
  });

  it('stale, with a new answer', async () => {
    const page = await storedPage();
    await harness.pass(200);
    page.answers({ headers: { 'Cache-Control': 'max-age=100' }, body: 'new' });
    const { cacheStatus, headers } = await page.get();
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'stale', stored: true });
    expect(headers['x-cache']).toBe('MISS');
  });

  it('served stale while it is revalidated: a hit whose life is over', async () => {
    const page = await storedPage({}, 'swr');
    await harness.pass(130);
    const { cacheStatus, headers } = await page.get();
    expect(cacheStatus).toMatchObject({ ...OWN, hit: true });
    expect(cacheStatus?.ttl).toBeLessThanOrEqual(-30);
    expect(headers['x-cache']).toBe('STALE');
  });

  it('request, where its directives sent it on', async () => {
    const page = await storedPage();
    const { cacheStatus } = await page.get({ 'Cache-Control': 'no-cache' });
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'request' });
  });

  it('bypass, and why', async () => {
    const page = await storedPage();
    const { cacheStatus, headers } = await page.get({ Range: 'bytes=0-1' });
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'bypass', detail: 'range' });
    expect(headers['x-cache']).toBe('BYPASS');
  });

  it('method', async () => {
    const page = await storedPage();
    const { cacheStatus } = await page.send({ method: 'PUT', body: 'new' });
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'method' });
  });

  it('collapsed, for those that waited for the answer to another one', async () => {
    const page = harness.page();
    const held = latch();
    const headers = { 'Cache-Control': 'max-age=600' };
    page.answers({ headers, after: held.released });
    const leader = page.get();
    await eventually(() => expect(page.requests).toHaveLength(1));
    const follower = page.get();
    // Long enough for the follower to have come: another page is answered after it.
    await harness.page().get();
    held.release();
    expect((await leader).cacheStatus).not.toHaveProperty('collapsed');
    const { cacheStatus, asked } = await follower;
    expect(asked).toHaveLength(0);
    expect(cacheStatus).toMatchObject({ ...OWN, fwd: 'uri-miss', collapsed: true });
  });

  it('is added behind that of a cache nearer to the origin', async () => {
    const headers = { 'Cache-Control': 'max-age=9', 'Cache-Status': 'Nearer; fwd=miss' };
    const first = await harness.page().answers({ headers }).get();
    expect(first.headers['cache-status']).toMatch(
      /^Nearer; fwd=miss, nestjs-redis-kit; fwd=uri-miss/,
    );
  });

  it('does not pile up over hits', async () => {
    const page = await storedPage();
    await page.get();
    const { headers } = await page.get();
    expect(headers['cache-status']?.match(/nestjs-redis-kit/g)).toHaveLength(1);
  });

  it('does not tell the key', async () => {
    const page = await storedPage();
    expect((await page.get()).cacheStatus).not.toHaveProperty('key');
  });

  it('is not there where the route is out of the cache', async () => {
    expect((await harness.page('off').get()).headers['cache-status']).toBeUndefined();
  });
});
