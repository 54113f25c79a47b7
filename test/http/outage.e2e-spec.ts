import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import type { Page } from './support/page.js';
import { ProxyHarness } from './support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({ cache: { deadline: '100ms' } });
});
afterAll(async () => {
  harness.redis.thaw();
  await harness.stop();
});

async function storedPage(): Promise<Page> {
  const page = harness.page();
  await page.get();
  await harness.settled();
  return page;
}

const FRESH = { 'Cache-Control': 'max-age=600' };

/** Well above the deadline of the cache, and far below the patience of a client. */
const AT_ONCE_MS = 1500;

async function atOnce<T>(work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work;
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
  return result;
}

describe('while Redis hangs', () => {
  it('what memory holds is served, the rest comes from the handler, and changes go through', async () => {
    const [known, changed, cold] = [await storedPage(), await storedPage(), harness.page()];
    harness.redis.freeze();
    expect((await atOnce(known.get())).from).toBe('cache');
    const visit = await atOnce(cold.get());
    expect(visit).toMatchObject({ status: 200, from: 'origin' });
    expect((await atOnce(cold.get())).status).toBe(200);
    const change = { method: 'PUT', body: 'new' };
    expect((await atOnce(changed.send(change))).status).toBe(200);
    changed.answers({ headers: FRESH, body: 'new' });
    expect((await atOnce(changed.get())).body).toBe('new');
    harness.redis.thaw();
    await harness.settled();
    expect((await atOnce(changed.get())).body).toBe('new');
    expect((await atOnce(known.get())).status).toBe(200);
  });

  it('many requests for a cold URL still cause one run in this process', async () => {
    harness.redis.freeze();
    const held = latch();
    const page = harness.page().answers({ headers: FRESH, after: held.released });
    const visits = Array.from({ length: 20 }, () => page.get());
    await eventually(() => expect(page.requests).toHaveLength(1));
    // Answered after the others have come.
    await harness.page().get();
    held.release();
    const statuses = (await Promise.all(visits)).map(({ status }) => status);
    expect(statuses).toEqual(statuses.map(() => 200));
    expect(page.requests).toHaveLength(1);
    harness.redis.thaw();
  });
});
