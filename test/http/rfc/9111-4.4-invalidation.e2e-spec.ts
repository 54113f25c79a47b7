import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import type { Answer, Fields } from '../support/origin.js';
import type { Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({
    mounts: { kept: [CachePolicy({ freshness: 'headers', invalidateOnUnsafe: false })] },
  });
});
afterAll(() => harness.stop());

async function storedPage(mount?: string): Promise<Page> {
  const page = harness.page(mount);
  await page.get();
  await expectStored(page);
  return page;
}

async function expectStored(page: Page, headers?: Fields, query?: string): Promise<void> {
  await harness.settled();
  expect((await page.send({ headers, query })).from).toBe('cache');
}

async function expectGone(page: Page, headers?: Fields, query?: string): Promise<void> {
  expect((await page.send({ headers, query })).from).toBe('origin');
}

/** Sends an unsafe request that the origin answers once by this, and reads by GET again. */
async function change(page: Page, method: string, answer: Answer = {}): Promise<void> {
  page.script((request) =>
    request.method === method ? answer : { headers: { 'Cache-Control': 'max-age=600' } },
  );
  const visit = await page.send({ method, body: method === 'DELETE' ? undefined : 'new' });
  expect(visit.from).toBe('origin');
  expect(visit.status).toBe(answer.status ?? 200);
}

describe('RFC 9111, 4.4 Invalidating Stored Responses', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'a successful %s invalidates its URI',
    async (method) => {
      const page = await storedPage();
      await change(page, method);
      await expectGone(page);
    },
  );

  it.each(['PURGE', 'LOCK', 'MKCOL', 'MERGE', 'PROPPATCH', 'LINK'])(
    'so does %s, which the cache knows nothing about',
    async (method) => {
      const page = await storedPage();
      await change(page, method);
      await expectGone(page);
    },
  );

  it.each(['OPTIONS', 'HEAD'])('%s, which is safe, does not', async (method) => {
    const page = await storedPage();
    await page.send({ method });
    await expectStored(page);
  });

  it.each([200, 201, 202, 204, 301, 302, 303, 307, 308])('a %i invalidates', async (status) => {
    const page = await storedPage();
    await change(page, 'POST', { status });
    await expectGone(page);
  });

  it.each([400, 401, 403, 404, 409, 412, 422, 500, 503])('a %i does not', async (status) => {
    const page = await storedPage();
    await change(page, 'PUT', { status });
    await expectStored(page);
  });

  it('an origin that does not answer does not', async () => {
    const page = await storedPage();
    await change(page, 'PUT', { status: 502, breaks: 'before the head' });
    await expectStored(page);
  });

  it('invalidates every query of the path', async () => {
    const page = harness.page();
    await page.send({ query: '?a=1' });
    await page.send({ query: '?b=2' });
    await change(page, 'DELETE');
    await expectGone(page, undefined, '?a=1');
    await expectGone(page, undefined, '?b=2');
  });

  it('invalidates every variant', async () => {
    const varying = { 'Cache-Control': 'max-age=600', Vary: 'Accept-Language' };
    const page = harness
      .page()
      .script(({ method }) => (method === 'PUT' ? {} : { headers: varying }));
    const [de, fr] = [{ 'Accept-Language': 'de' }, { 'Accept-Language': 'fr' }];
    await page.get(de);
    await page.get(fr);
    await expectStored(page, de);
    await expectStored(page, fr);
    await page.send({ method: 'PUT', body: 'new' });
    await expectGone(page, de);
    await expectGone(page, fr);
  });

  it('invalidates what several hosts have stored of the path', async () => {
    const page = harness.page();
    const elsewhere = { Host: 'www.example.org' };
    await page.get();
    await page.get(elsewhere);
    await expectStored(page, elsewhere);
    await change(page, 'PUT');
    await expectGone(page);
    await expectGone(page, elsewhere);
  });

  it('leaves other paths alone', async () => {
    const [page, other] = [await storedPage(), await storedPage()];
    await change(page, 'PUT');
    await expectStored(other);
  });

  it('does so each time', async () => {
    const page = await storedPage();
    for (let round = 0; round < 3; round += 1) {
      await change(page, 'PUT');
      await expectGone(page);
      await expectStored(page);
    }
  });

  it('leaves all as it is where the route says so', async () => {
    const page = await storedPage('kept');
    await change(page, 'PUT');
    await expectStored(page);
  });

  it('sees the new state as soon as the answer to the change is there', async () => {
    const page = await storedPage();
    let version = 1;
    page.script(({ method }) => {
      if (method === 'PUT') version += 1;
      return { headers: { 'Cache-Control': 'max-age=600' }, body: `version ${version}` };
    });
    for (let round = 2; round < 12; round += 1) {
      await page.send({ method: 'PUT', body: 'new' });
      expect((await page.get()).body).toBe(`version ${round}`);
    }
  });

  it('says in Cache-Status that the method went to the origin', async () => {
    const page = await storedPage();
    const { cacheStatus } = await page.send({ method: 'POST', body: '' });
    expect(cacheStatus?.fwd).toBe('method');
  });
});

describe.each(['Location', 'Content-Location'])('RFC 9111, 4.4 %s', (field) => {
  const references: readonly [string, (page: Page) => string, boolean][] = [
    ['a path', (page) => page.path, true],
    ['a relative reference', (page) => page.path.split('/').at(-1) ?? '', true],
    ['the same origin in full', (page) => page.url, true],
    ['the same origin with a query', (page) => `${page.url}?x=1#part`, true],
    ['another host', (page) => `http://other.example${page.path}`, false],
    ['another port', (page) => page.url.replace(/:\d+/, ':1'), false],
    ['another scheme', (page) => page.url.replace('http:', 'https:'), false],
    ['no URI at all', () => 'http://[oops', false],
  ];

  it.each(references)('%s', async (_, refer, isInvalidated) => {
    const [changed, named] = [await storedPage(), await storedPage()];
    await change(changed, 'POST', { status: 201, headers: { [field]: refer(named) } });
    await expectGone(changed);
    await (isInvalidated ? expectGone(named) : expectStored(named));
  });

  it('of an answer that failed is not followed', async () => {
    const [changed, named] = [await storedPage(), await storedPage()];
    await change(changed, 'POST', { status: 409, headers: { [field]: named.path } });
    await expectStored(named);
  });

  it('of an answer to a GET is not followed', async () => {
    const [read, named] = [harness.page(), await storedPage()];
    read.answers({ headers: { 'Cache-Control': 'max-age=600', [field]: named.path } });
    await read.get();
    await expectStored(named);
  });
});
