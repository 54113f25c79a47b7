import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { latch } from '../../support/latch.js';
import type { Answer, Fields } from '../support/origin.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start();
});
afterAll(() => harness.stop());

function says(control: string, more: Fields = {}): Answer {
  return { headers: { 'Cache-Control': control, ...more } };
}

describe('RFC 9111, 4.2.3 Calculating Age', () => {
  it('4.2.3 tells the age of an answer: that which it came with, and its stay', async () => {
    const page = harness.page().answers(says('max-age=1000', { Age: '60' }));
    await page.get();
    await harness.pass(40);
    const { headers, cacheStatus } = await page.get();
    expect(Number(headers.age)).toBeGreaterThanOrEqual(100);
    expect(Number(headers.age)).toBeLessThanOrEqual(102);
    expect(cacheStatus?.ttl).toBeGreaterThanOrEqual(898);
    expect(cacheStatus?.ttl).toBeLessThanOrEqual(900);
  });

  it('4.2.3 without a Date, counts from the arrival on, and makes one', async () => {
    const page = harness.page().answers(says('max-age=100', { Date: undefined }));
    await page.get();
    const arrivedAt = harness.now();
    await harness.pass(50);
    const { from, headers } = await page.get();
    expect(from).toBe('cache');
    expect(Math.abs(Date.parse(headers.date ?? '') - arrivedAt)).toBeLessThan(2000);
  });

  it('5.1 tells one Age only', async () => {
    const page = harness.page().answers(says('max-age=1000', { Age: '60' }));
    await page.get();
    const { names } = await page.get();
    expect(names.filter((name) => name === 'age')).toHaveLength(1);
  });

  it('4.2.3 counts the time that the origin took as age', async () => {
    const held = latch();
    const page = harness.page().answers({ ...says('max-age=100'), after: held.released });
    const first = page.get();
    await eventually(() => expect(page.requests).toHaveLength(1));
    await harness.pass(60);
    held.release();
    await first;
    await harness.settled();
    const second = await page.get();
    expect(second.from).toBe('cache');
    expect(Number(second.headers.age)).toBeGreaterThanOrEqual(60);
    await harness.pass(50);
    expect((await page.get()).from).toBe('origin');
  });

  it('5.1 counts on from hit to hit', async () => {
    const page = harness.page().answers(says('max-age=1000'));
    await page.get();
    const ages: number[] = [];
    for (const seconds of [0, 10, 20]) {
      await harness.pass(seconds);
      ages.push(Number((await page.get()).headers.age));
    }
    for (const [at, least] of [0, 10, 30].entries()) {
      expect(ages[at]).toBeGreaterThanOrEqual(least);
      expect(ages[at]).toBeLessThanOrEqual(least + 2);
    }
  });
});
