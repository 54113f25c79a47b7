import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import type { Answer, Fields, OriginRequest } from '../support/origin.js';
import type { Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({
    mounts: { lenient: [CachePolicy({ freshness: 'headers', staleIfError: '10m' })] },
  });
});
afterAll(() => harness.stop());

const FRESH = { 'Cache-Control': 'max-age=100' };

/** A page that was read once and has gone stale. */
async function stalePage(first: Fields, mount?: string): Promise<Page> {
  const page = harness.page(mount).answers({ headers: { ...FRESH, ...first }, body: 'stored' });
  await page.get();
  await harness.pass(200);
  return page;
}

/** Has the origin answer 304 while a condition of the request matches. */
function validating(answer: Answer): (request: OriginRequest) => Answer {
  return ({ headers }) => {
    const isCurrent = headers['if-none-match'] === answer.headers?.ETag;
    return isCurrent ? { ...answer, status: 304 } : answer;
  };
}

describe('RFC 9111, 4.3.1 Sending a Validation Request', () => {
  it('sends the entity tag of the stored answer as If-None-Match', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    const { asked } = await page.get();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers['if-none-match']).toBe('"v1"');
  });

  it('sends a weak entity tag as it is', async () => {
    const page = await stalePage({ ETag: 'W/"v1"' });
    expect((await page.get()).asked[0]?.headers['if-none-match']).toBe('W/"v1"');
  });

  it('sends Last-Modified as If-Modified-Since', async () => {
    const modified = harness.date(-1000);
    const page = await stalePage({ 'Last-Modified': modified });
    expect((await page.get()).asked[0]?.headers['if-modified-since']).toBe(modified);
  });

  it('asks without a condition where there is no validator', async () => {
    const page = await stalePage({});
    const { asked } = await page.get();
    expect(asked[0]?.headers).not.toHaveProperty('if-none-match');
    expect(asked[0]?.headers).not.toHaveProperty('if-modified-since');
  });

  it('asks for the variant that the request selects', async () => {
    const page = harness.page().script(({ headers }) => ({
      headers: { ...FRESH, Vary: 'Accept-Language', ETag: `"${headers['accept-language']}"` },
    }));
    await page.get({ 'Accept-Language': 'de' });
    await page.get({ 'Accept-Language': 'fr' });
    await harness.pass(200);
    const { asked } = await page.get({ 'Accept-Language': 'de' });
    expect(asked[0]?.headers['if-none-match']).toContain('"de"');
  });

  it('does not let a client, whose condition fails, keep the origin from validating the stored answer', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.script(validating({ headers: { ...FRESH, ETag: '"v1"' }, body: 'new' }));
    const visit = await page.get({ 'If-None-Match': '"other"' });
    expect(visit).toMatchObject({ status: 200, headers: { etag: '"v1"' } });
    expect(['stored', 'new']).toContain(visit.body);
    await harness.settled();
    expect(await page.get()).toMatchObject({ status: 200, from: 'cache' });
  });

  it('gives the client its own 304 when the stale answer still holds and it has it', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.script(validating({ headers: { ...FRESH, ETag: '"v1"' } }));
    const visit = await page.get({ 'If-None-Match': '"v1"' });
    expect(visit).toMatchObject({ status: 304, body: '' });
    await harness.settled();
    expect(await page.get()).toMatchObject({ status: 200, body: 'stored', from: 'cache' });
  });

  it('gives the client the new answer when only the client has what the origin had before', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.script(validating({ headers: { ...FRESH, ETag: '"v2"' }, body: 'version 2' }));
    const visit = await page.get({ 'If-None-Match': '"v1"' });
    expect(visit).toMatchObject({ status: 200, body: 'version 2' });
  });

  it('gives 304 to a client that has the new answer already', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.script(validating({ headers: { ...FRESH, ETag: '"v2"' }, body: 'version 2' }));
    expect(await page.get({ 'If-None-Match': '"v2"' })).toMatchObject({ status: 304, body: '' });
    await harness.settled();
    expect(await page.get()).toMatchObject({ status: 200, body: 'version 2' });
  });
});

describe('RFC 9111, 4.3.3 Handling a Validation Response', () => {
  it('serves the stored body with status 200 after a 304', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ status: 304, headers: { ...FRESH, ETag: '"v1"' } });
    expect(await page.get()).toMatchObject({ status: 200, body: 'stored', from: 'validation' });
  });

  it('uses the stored answer again, without asking, once it was validated', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ status: 304, headers: { ...FRESH, ETag: '"v1"' } });
    await page.get();
    await harness.pass(50);
    expect(await page.get()).toMatchObject({ body: 'stored', from: 'cache' });
    await harness.pass(60);
    expect((await page.get()).from).toBe('validation');
  });

  it('counts the age from the validation on', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ status: 304, headers: { ...FRESH, ETag: '"v1"', Date: harness.date() } });
    await page.get();
    await harness.pass(10);
    const { headers } = await page.get();
    expect(Number(headers.age)).toBeGreaterThanOrEqual(10);
    expect(Number(headers.age)).toBeLessThanOrEqual(12);
  });

  it('replaces the stored answer by a 200', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ headers: { ...FRESH, ETag: '"v2"' }, body: 'version 2' });
    expect(await page.get()).toMatchObject({ status: 200, body: 'version 2' });
    await harness.settled();
    expect(await page.get()).toMatchObject({ body: 'version 2', from: 'cache' });
  });

  it('forgets the stored answer when the new one must not be stored', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ headers: { 'Cache-Control': 'no-store' }, body: 'secret' });
    expect((await page.get()).body).toBe('secret');
    await harness.settled();
    const { asked, body } = await page.get();
    expect({ count: asked.length, body }).toEqual({ count: 1, body: 'secret' });
  });

  it('passes a 404 on, and does not serve the stored answer instead', async () => {
    const page = await stalePage({ ETag: '"v1"' }, 'lenient');
    page.answers({ status: 404, headers: { 'Cache-Control': 'no-store' }, body: 'gone' });
    expect(await page.get()).toMatchObject({ status: 404, body: 'gone' });
  });

  it.each([500, 502, 503, 504])('passes a %i on where stale is not allowed', async (status) => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ status, headers: { 'Cache-Control': undefined }, body: 'broken' });
    expect(await page.get()).toMatchObject({ status, body: 'broken' });
  });

  it.each([500, 502, 503, 504])('serves the stored answer for a %i where it is', async (status) => {
    const page = await stalePage({ ETag: '"v1"' }, 'lenient');
    page.answers({ status, headers: { 'Cache-Control': undefined }, body: 'broken' });
    expect(await page.get()).toMatchObject({ status: 200, body: 'stored' });
  });

  it('keeps the stored answer for later when the origin is broken for a while', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
    await page.get();
    await harness.settled();
    page.answers({ status: 304, headers: { ...FRESH, ETag: '"v1"' } });
    const visit = await page.get();
    expect([visit.status, visit.body]).toEqual([200, 'stored']);
  });
});

describe('RFC 9111, 4.3.4 Freshening Stored Responses upon Validation', () => {
  it('takes over fields of the 304 and keeps the others', async () => {
    const page = await stalePage({ ETag: '"v1"', 'X-Old': 'kept', 'X-Changed': 'before' });
    page.answers({
      status: 304,
      headers: {
        'Cache-Control': 'max-age=1000',
        ETag: '"v1"',
        'Content-Type': undefined,
        'X-Changed': 'after',
        'X-New': 'added',
      },
    });
    const expected = {
      'cache-control': 'max-age=1000',
      'content-type': 'text/plain',
      'x-old': 'kept',
      'x-changed': 'after',
      'x-new': 'added',
    };
    expect((await page.get()).headers).toMatchObject(expected);
    await harness.pass(300);
    const later = await page.get();
    expect(later.from).toBe('cache');
    expect(later.headers).toMatchObject(expected);
  });

  it('3.2 takes over Date, and leaves what describes the stored bytes', async () => {
    const page = await stalePage({ ETag: '"v1"', 'Content-Length': '6' });
    const date = harness.date(-1);
    page.answers({ status: 304, headers: { ...FRESH, ETag: '"v1"', Date: date } });
    await page.get();
    await harness.settled();
    const later = await page.get();
    expect(later.headers).toMatchObject({ date, 'content-length': '6' });
    expect(later.body).toBe('stored');
  });

  it('keeps the old lifetime where the 304 names none', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ status: 304, headers: { ETag: '"v1"' } });
    await page.get();
    await harness.pass(50);
    expect(await page.get()).toMatchObject({ body: 'stored', from: 'cache' });
  });

  it('does not freshen by a 304 with another strong entity tag', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers(
      { status: 304, headers: { ...FRESH, ETag: '"v2"' } },
      { headers: { ...FRESH, ETag: '"v2"' }, body: 'version 2' },
    );
    await page.get().catch(() => undefined);
    await harness.settled();
    const later = await page.get();
    expect([later.body, later.headers.etag]).toEqual(['version 2', '"v2"']);
  });

  it('stops to store when the 304 forbids it', async () => {
    const page = await stalePage({ ETag: '"v1"' });
    page.answers({ status: 304, headers: { 'Cache-Control': 'no-store', ETag: '"v1"' } });
    expect(await page.get()).toMatchObject({ status: 200, body: 'stored' });
    await harness.settled();
    expect((await page.get()).asked).toHaveLength(1);
  });
});

describe('RFC 9111, 4.3.5 Freshening Responses with HEAD', () => {
  it('never makes the stored answer newer than its bytes are', async () => {
    const page = await stalePage({ ETag: '"v1"', 'Content-Length': '6' });
    page.script(({ method }) => ({
      headers: { ...FRESH, ETag: '"v2"', 'Content-Length': method === 'HEAD' ? '9' : undefined },
      body: 'version 2',
    }));
    const head = await page.send({ method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '', headers: { etag: '"v2"' } });
    await harness.settled();
    expect(await page.get()).toMatchObject({ status: 200, body: 'version 2' });
  });

  it('leaves the answer to a GET as it was when it still holds', async () => {
    const page = await stalePage({ ETag: '"v1"', 'Content-Length': '6' });
    page.answers({ headers: { ...FRESH, ETag: '"v1"', 'Content-Length': '6' }, body: 'stored' });
    expect((await page.send({ method: 'HEAD' })).status).toBe(200);
    await harness.settled();
    expect(await page.get()).toMatchObject({ status: 200, body: 'stored' });
  });
});
