import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import type { Answer } from './support/origin.js';
import type { Page } from './support/page.js';
import { ProxyHarness } from './support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  const headers = { freshness: 'headers' } as const;
  harness = await ProxyHarness.start({
    mounts: {
      swr: [CachePolicy({ ...headers, staleWhileRevalidate: '10m' })],
      sie: [CachePolicy({ ...headers, staleIfError: '10m' })],
    },
  });
});
afterAll(() => harness.stop());

const FRESH = { 'Cache-Control': 'max-age=100', ETag: '"v1"' };
const UNCHANGED: Answer = { status: 304, headers: FRESH };

async function stalePage(mount?: string): Promise<Page> {
  const page = harness.page(mount).answers({ headers: FRESH, body: 'stored' });
  await page.get();
  await harness.pass(200);
  return page;
}

/** From now on the first GET is held and then answered by this; a later one finds the new state. */
function holdFirst(
  page: Page,
  answer: Answer,
): { release: () => void; isAsked: () => Promise<void> } {
  const before = page.requests.length;
  const held = latch();
  let gets = 0;
  page.script(({ method }) => {
    if (method !== 'GET') return { headers: { 'Cache-Control': 'no-store' } };
    gets += 1;
    if (gets === 1) return { ...answer, after: held.released };
    return { headers: { ...FRESH, ETag: '"v2"' }, body: 'new' };
  });
  return {
    release: () => held.release(),
    isAsked: () => eventually(() => expect(page.requests.length).toBe(before + 1)),
  };
}

describe('a revalidation', () => {
  it('is one for many clients, each of which is answered under its own conditions', async () => {
    const page = await stalePage();
    const held = holdFirst(page, UNCHANGED);
    const before = page.requests.length;
    const leader = page.get();
    await held.isAsked();
    const followers = Array.from({ length: 5 }, () => [
      page.get(),
      page.get({ 'If-None-Match': '"v1"' }),
      page.get({ 'If-None-Match': '"v0"' }),
    ]).flat();
    await harness.page().get();
    held.release();
    expect(await leader).toMatchObject({ status: 200, body: 'stored' });
    const statuses = (await Promise.all(followers)).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 5 }, () => [200, 304, 200]).flat());
    expect(page.requests.length - before).toBe(1);
  });

  it.each([
    ['says that nothing changed', UNCHANGED],
    ['brings the old state again', { headers: FRESH, body: 'stored' }],
  ])('that began before a PUT and %s does not bring the old state back', async (_, answer) => {
    const page = await stalePage();
    const held = holdFirst(page, answer);
    const reader = page.get();
    await held.isAsked();
    expect((await page.send({ method: 'PUT', body: 'new' })).status).toBe(200);
    expect((await page.get()).body).toBe('new');
    held.release();
    await reader;
    await harness.settled();
    for (let round = 0; round < 3; round += 1)
      expect(await page.get()).toMatchObject({ body: 'new', from: 'cache' });
  });

  it.each([
    ['says that nothing changed', UNCHANGED],
    ['brings the old state again', { headers: FRESH, body: 'stored' }],
  ])('in the background that began before a PUT and %s does not either', async (_, answer) => {
    const page = await stalePage('swr');
    const held = holdFirst(page, answer);
    expect((await page.get()).body).toBe('stored');
    await held.isAsked();
    expect((await page.send({ method: 'PUT', body: 'new' })).status).toBe(200);
    expect((await page.get()).body).toBe('new');
    held.release();
    await harness.settled();
    for (let round = 0; round < 3; round += 1)
      expect(await page.get()).toMatchObject({ body: 'new', from: 'cache' });
  });

  it('that fails after a PUT does not serve what was stored before it', async () => {
    const page = await stalePage('sie');
    await page.send({ method: 'PUT', body: 'new' });
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    expect(await page.get()).toMatchObject({ status: 503, body: 'broken' });
  });

  it('serves nothing stale after a PUT', async () => {
    const page = await stalePage('swr');
    page.answers({ headers: { 'Cache-Control': 'no-store' } });
    await page.send({ method: 'PUT', body: 'new' });
    page.answers({ headers: FRESH, body: 'new' });
    expect((await page.get()).body).toBe('new');
    expect(page.requests.at(-1)?.headers).not.toHaveProperty('if-none-match');
  });

  it('whose client leaves goes on for the others', async () => {
    const page = await stalePage();
    const held = holdFirst(page, UNCHANGED);
    const leaves = new AbortController();
    const leader = fetch(page.url, { signal: leaves.signal }).catch(() => 'left');
    await held.isAsked();
    const follower = page.get({});
    await harness.page().get();
    leaves.abort();
    expect(await leader).toBe('left');
    held.release();
    const { status, body } = await follower;
    expect([status, ['stored', 'new'].includes(body)]).toEqual([200, true]);
  });
});
