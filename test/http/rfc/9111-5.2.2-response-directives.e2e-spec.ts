import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';
import { playReuse, type ReuseCase } from '../support/reuse-table.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start();
});
afterAll(() => harness.stop());

const reuse: readonly ReuseCase[] = [
  { name: '5.2.2.1 max-age', answer: says('max-age=600'), from: 'cache' },
  {
    name: '5.2.2.2 must-revalidate while fresh',
    answer: says('max-age=600, must-revalidate'),
    from: 'cache',
  },
  {
    name: '5.2.2.2 must-revalidate when stale',
    answer: says('max-age=100, must-revalidate, stale-while-revalidate=600'),
    passSeconds: 200,
    from: 'validation',
  },
  {
    name: '5.2.2.4 no-cache is asked for each time',
    answer: says('max-age=600, no-cache'),
    from: 'validation',
  },
  { name: '5.2.2.4 no-cache without a lifetime', answer: says('no-cache'), from: 'validation' },
  {
    name: '5.2.2.4 no-cache under the TTL of the route',
    mount: 'ttl',
    answer: says('no-cache'),
    from: 'validation',
  },
  {
    name: '5.2.2.4 no-cache and public',
    answer: says('public, no-cache, s-maxage=600'),
    from: 'validation',
  },
  {
    name: '5.2.2.3 must-understand with a known status lifts no-store',
    answer: says('max-age=600, must-understand, no-store'),
    from: 'cache',
  },
  {
    name: '5.2.2.3 must-understand with an unknown status',
    answer: { ...says('max-age=600, must-understand, no-store'), status: 299 },
    from: 'origin',
  },
  { name: '5.2.2.5 no-store', answer: says('no-store'), from: 'origin' },
  {
    name: '5.2.2.5 no-store under the TTL of the route',
    mount: 'ttl',
    answer: says('no-store'),
    from: 'origin',
  },
  { name: '5.2.2.6 no-transform', answer: says('max-age=600, no-transform'), from: 'cache' },
  { name: '5.2.2.7 private', answer: says('private, max-age=600'), from: 'origin' },
  {
    name: '5.2.2.7 private under the TTL of the route',
    mount: 'ttl',
    answer: says('private'),
    from: 'origin',
  },
  {
    name: '5.2.2.8 proxy-revalidate while fresh',
    answer: says('max-age=600, proxy-revalidate'),
    from: 'cache',
  },
  {
    name: '5.2.2.8 proxy-revalidate when stale',
    answer: says('max-age=100, proxy-revalidate, stale-while-revalidate=600'),
    passSeconds: 200,
    from: 'validation',
  },
  { name: '5.2.2.9 public without a lifetime', answer: says('public'), from: 'validation' },
  {
    name: '5.2.2.9 public under the TTL of the route',
    mount: 'ttl',
    answer: says('public'),
    from: 'cache',
  },
  { name: '5.2.2.10 s-maxage', answer: says('s-maxage=600'), from: 'cache' },
  { name: '8246 immutable', answer: says('max-age=600, immutable'), from: 'cache' },
  {
    name: '8246 immutable when stale',
    answer: says('max-age=100, immutable'),
    passSeconds: 200,
    from: 'validation',
  },
];

/** Fields that break the grammar are read strictly: they can cost a hit, and never a secret. */
const malformed: readonly ReuseCase[] = [
  ...[
    'max-age=600, private="X-User',
    'max-age=600, private=X-User, no-store=',
    'max-age=600 no-store',
    'max-age=600; no-store',
    'max-age=600, =private',
    'max-age=600, "no-store"',
    'no-store="',
    'private="a" b, max-age=600',
  ].map((control): ReuseCase => ({
    name: `5.2 ${control} is not stored`,
    answer: bare(control),
    from: 'origin',
  })),
  { name: '5.2 space around = breaks it too', answer: bare('max-age = 600'), from: 'origin' },
];

describe('RFC 9111, 5.2.2 Response Directives', () => {
  it.each(reuse)('$name: $from', (one) => playReuse(harness, one));
  it.each(malformed)('$name', (one) => playReuse(harness, one));

  it.each(['no-cache="Set-Cookie"', 'private="Set-Cookie"', 'private="set-cookie, X-User"'])(
    '%s: stored without the cookie, or not at all',
    async (directive) => {
      const page = await storedPage(`max-age=600, ${directive}`, { 'Set-Cookie': 'a=1' });
      const second = await page.get();
      if (second.from === 'cache') expect(second.names).not.toContain('set-cookie');
    },
  );

  it.each([
    'no-cache="X-User"',
    'private="X-User"',
    'private="x-user , X-Other"',
    'private=X-User',
  ])('%s: the named fields go to the first client only', async (directive) => {
    const page = harness.page().answers({
      headers: { 'Cache-Control': `max-age=600, ${directive}`, 'X-User': 'alice', 'X-Page': 'p' },
    });
    expect((await page.get()).headers['x-user']).toBe('alice');
    await harness.settled();
    const second = await page.get();
    expect(second.from).toBe('cache');
    expect(second.names).not.toContain('x-user');
    expect(second.headers['x-page']).toBe('p');
  });

  it('5.2.2.4 serves what no-cache stored once the origin says that it still holds', async () => {
    const page = await storedPage('no-cache', {});
    page.answers({ status: 304, headers: { 'Cache-Control': 'no-cache', ETag: '"v1"' } });
    for (let round = 0; round < 3; round += 1) {
      expect(await page.get()).toMatchObject({ from: 'validation', status: 200, body: 'stored' });
      await harness.settled();
    }
  });

  it('5.2 passes the field on as the origin wrote it, from the origin and from the cache', async () => {
    const control = 'Public, max-age=600, frob="a, b", community="UCI"';
    const page = await storedPage(control, {});
    expect((await page.get()).headers['cache-control']).toBe(control);
  });
});

describe('RFC 9111, 4.2.4 Serving Stale Responses', () => {
  it.each(['must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage=100'])(
    '%s: an error rather than a stale answer',
    async (directive) => {
      const page = await storedPage(`max-age=100, stale-if-error=600, ${directive}`, {});
      await harness.pass(200);
      page.answers({ status: 503, headers: { 'Cache-Control': undefined }, body: 'broken' });
      expect(await page.get()).toMatchObject({ status: 503, body: 'broken' });
      page.answers({ breaks: 'before the head' });
      expect([502, 504]).toContain((await page.get()).status);
    },
  );

  it('a stale answer is not served for an origin that is gone, unless someone allowed it', async () => {
    const page = await storedPage('max-age=100', {});
    await harness.pass(200);
    page.answers({ breaks: 'before the head' });
    expect((await page.get()).status).toBe(502);
  });
});

async function storedPage(control: string, fields: Record<string, string>): Promise<Page> {
  const page = harness.page().answers({
    headers: { 'Cache-Control': control, ETag: '"v1"', ...fields },
    body: 'stored',
  });
  await page.get();
  await harness.settled();
  return page;
}

/** With a validator, so that what must not be used without asking can be asked for. */
function says(control: string): { headers: Record<string, string> } {
  return { headers: { 'Cache-Control': control, ETag: '"v1"' } };
}

function bare(control: string): { headers: Record<string, string> } {
  return { headers: { 'Cache-Control': control } };
}
