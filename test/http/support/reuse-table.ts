import { expect } from '@jest/globals';
import type { Answer, Fields } from './origin.js';
import type { From, Visit } from './page.js';
import type { ProxyHarness } from './proxy-harness.js';

/** Two requests for one page. Is the second one answered from what the first one left? */
export interface ReuseCase {
  /** Section and claim. */
  readonly name: string;
  /** Default `headers`: no lifetime but that which the answer names. */
  readonly mount?: string;
  /** Over `Cache-Control: max-age=600`; as a function where it tells a date. */
  readonly answer?: Answer | ((harness: ProxyHarness) => Answer);
  readonly first?: Fields;
  /** Default: that of the first request. */
  readonly second?: Fields;
  readonly method?: string;
  readonly passSeconds?: number;
  readonly from: From;
}

/** Plays a case and checks what holds for any answer from a cache. */
export async function playReuse(harness: ProxyHarness, one: ReuseCase): Promise<void> {
  const page = harness.page(one.mount);
  const answer = typeof one.answer === 'function' ? one.answer(harness) : one.answer;
  const headers = { 'Cache-Control': 'max-age=600', ...answer?.headers };
  page.answers({ ...answer, headers });
  const first = await page.send({ method: one.method, headers: one.first });
  expect(first.from).toBe('origin');
  await harness.pass(one.passSeconds ?? 0);
  const second = await page.send({ method: one.method, headers: one.second ?? one.first });
  expect(second.from).toBe(one.from);
  if (one.from === 'cache') expectReplay(first, second);
  else expect(second.cacheStatus?.hit).toBeUndefined();
}

/** What holds for each answer from the cache: same status, bytes and fields, its Age, and that it says so. */
export function expectReplay(first: Visit, second: Visit): void {
  expect({ status: second.status, body: second.body }).toEqual({
    status: first.status,
    body: first.body,
  });
  expect(second.headers.age).toMatch(/^\d+$/);
  expect(second.headers.date).toBe(first.headers.date);
  expect(second.headers['content-type']).toBe(first.headers['content-type']);
  expect(second.cacheStatus?.hit).toBe(true);
}
