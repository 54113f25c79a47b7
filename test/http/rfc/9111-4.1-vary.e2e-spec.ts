import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NextFunction, Request, Response } from 'express';
import { CachePolicy } from 'nestjs-redis-kit';
import { eventually } from '../../support/eventually.js';
import type { Fields } from '../support/origin.js';
import type { From } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({
    mounts: {
      declared: [CachePolicy({ freshness: 'headers', vary: ['Accept-Language'] })],
      sites: [CachePolicy({ freshness: 'headers' })],
    },
    // What a CORS middleware does on each request.
    prepare: (app) =>
      app.use('/sites', (_: Request, response: Response, next: NextFunction) => {
        response.vary('Origin');
        next();
      }),
  });
});
afterAll(() => harness.stop());

interface VaryCase {
  readonly name: string;
  readonly vary: string | readonly string[];
  readonly first?: Fields;
  readonly second?: Fields;
  readonly from: From;
}

const selections: readonly VaryCase[] = [
  {
    name: 'same value',
    vary: 'Accept-Language',
    first: lang('de'),
    second: lang('de'),
    from: 'cache',
  },
  {
    name: 'another value',
    vary: 'Accept-Language',
    first: lang('de'),
    second: lang('fr'),
    from: 'origin',
  },
  { name: 'missing in both', vary: 'Accept-Language', from: 'cache' },
  { name: 'missing in the first', vary: 'Accept-Language', second: lang('fr'), from: 'origin' },
  { name: 'missing in the second', vary: 'Accept-Language', first: lang('de'), from: 'origin' },
  { name: 'empty and missing differ', vary: 'X-Flag', first: { 'X-Flag': '' }, from: 'origin' },
  {
    name: 'a name in another case',
    vary: 'accept-LANGUAGE',
    first: lang('de'),
    second: lang('de'),
    from: 'cache',
  },
  {
    name: 'whitespace around commas',
    vary: 'Accept-Language',
    first: lang('de, en'),
    second: lang('de ,en'),
    from: 'cache',
  },
  {
    name: 'another order of languages',
    vary: 'Accept-Language',
    first: lang('de, en'),
    second: lang('en, de'),
    from: 'origin',
  },
  {
    name: 'several lines of the field, as if they were one',
    vary: 'X-Many',
    first: { 'X-Many': ['a', 'b'] },
    second: { 'X-Many': 'a, b' },
    from: 'cache',
  },
  {
    name: 'several fields, all of which match',
    vary: 'Accept-Language, X-Flag',
    first: { ...lang('de'), 'X-Flag': 'on' },
    second: { ...lang('de'), 'X-Flag': 'on' },
    from: 'cache',
  },
  {
    name: 'several fields, one of which differs',
    vary: 'Accept-Language, X-Flag',
    first: { ...lang('de'), 'X-Flag': 'on' },
    second: { ...lang('de'), 'X-Flag': 'off' },
    from: 'origin',
  },
  {
    name: 'several fields on several lines',
    vary: ['Accept-Language', 'X-Flag'],
    first: { ...lang('de'), 'X-Flag': 'on' },
    second: { ...lang('de'), 'X-Flag': 'off' },
    from: 'origin',
  },
  {
    name: 'values that only differ in where one field ends',
    vary: 'X-A, X-B',
    first: { 'X-A': '1,2', 'X-B': '3' },
    second: { 'X-A': '1', 'X-B': '2,3' },
    from: 'origin',
  },
  {
    name: 'a field that Vary does not name',
    vary: 'Accept-Language',
    first: { ...lang('de'), 'User-Agent': 'a' },
    second: { ...lang('de'), 'User-Agent': 'b' },
    from: 'cache',
  },
  { name: 'an empty Vary', vary: '', first: lang('de'), second: lang('fr'), from: 'cache' },
  { name: '*', vary: '*', from: 'origin' },
  { name: '* on a line of its own', vary: ['Accept', '*'], from: 'origin' },
  {
    name: 'Cookie',
    vary: 'Cookie',
    first: { Cookie: 'a=1' },
    second: { Cookie: 'a=2' },
    from: 'origin',
  },
];

describe('RFC 9111, 4.1 Calculating Cache Keys with the Vary Header Field', () => {
  it.each(selections)('4.1 $name: $from', async ({ vary, first, second, from }) => {
    const page = varying(vary);
    expect((await page.get(first)).from).toBe('origin');
    await harness.settled();
    expect((await page.get(second)).from).toBe(from);
  });

  it('4.1 keeps many variants at the same time', async () => {
    const page = varying('Accept-Language');
    const languages = ['de', 'fr', 'en', 'it'];
    const bodies = new Map<string, string>();
    for (const one of languages) bodies.set(one, (await page.get(lang(one))).body);
    await harness.settled();
    for (const one of languages) {
      const again = await page.get(lang(one));
      expect([one, again.from, again.body]).toEqual([one, 'cache', bodies.get(one)]);
      expect(again.headers.vary?.toLowerCase()).toContain('accept-language');
    }
  });

  it('4.1 takes the order and the case of names in Vary for nothing', async () => {
    const page = harness.page().script((_, count) => ({
      headers: {
        'Cache-Control': 'max-age=600',
        Vary: count % 2 === 1 ? 'Accept-Language, X-Flag' : 'x-flag,accept-language',
      },
    }));
    await page.get(lang('de'));
    await page.get(lang('fr'));
    await harness.settled();
    expect((await page.get(lang('de'))).from).toBe('cache');
    expect((await page.get(lang('fr'))).from).toBe('cache');
  });

  it('4.1 never mixes variants when the origin names more fields than before', async () => {
    const page = harness.page().script(({ headers }) => ({
      headers: {
        'Cache-Control': 'max-age=600',
        Vary: headers['accept-language'] === 'fr' ? 'Accept-Language, X-Flag' : 'Accept-Language',
      },
      body: `${headers['accept-language']} ${String(headers['x-flag'])}`,
    }));
    const asked = [
      { ...lang('de'), 'X-Flag': 'on' },
      { ...lang('fr'), 'X-Flag': 'on' },
      { ...lang('fr'), 'X-Flag': 'off' },
    ];
    for (const one of [...asked, ...asked]) {
      const { body } = await page.get(one);
      await harness.settled();
      expect(body).toBe(`${one['Accept-Language']} ${one['X-Flag']}`);
    }
    expect(await page.get(asked[2])).toMatchObject({ from: 'cache', body: 'fr off' });
  });

  it('4.1 never mixes variants when the origin stops to vary, or begins to', async () => {
    const page = harness.page().script(({ headers }, count) => ({
      headers: {
        'Cache-Control': 'max-age=50',
        Vary: count === 1 ? undefined : 'Accept-Language',
      },
      body: count === 1 ? 'for all' : `in ${headers['accept-language']}`,
    }));
    expect((await page.get(lang('de'))).body).toBe('for all');
    await harness.pass(60);
    expect((await page.get(lang('de'))).body).toBe('in de');
    await harness.settled();
    expect((await page.get(lang('fr'))).body).toBe('in fr');
    await harness.settled();
    expect(await page.get(lang('de'))).toMatchObject({ body: 'in de', from: 'cache' });
  });

  it('4.1 serves each variant stale, and each for itself', async () => {
    const page = harness.page().script(({ headers }, count) => ({
      headers: {
        'Cache-Control': 'max-age=50, stale-while-revalidate=600, stale-if-error=600',
        Vary: 'Accept-Language',
      },
      body: `${headers['accept-language']} ${count}`,
    }));
    await page.get(lang('de'));
    await page.get(lang('fr'));
    await harness.pass(60);
    expect(await page.get(lang('de'))).toMatchObject({ status: 200, body: 'de 1' });
    await eventually(async () => expect((await page.get(lang('de'))).body).toBe('de 3'));
    expect((await page.get(lang('fr'))).body).toBe('fr 2');
  });

  it('4.1 takes the declared fields into the key, and no others', async () => {
    const page = harness.page('declared');
    await page.get({ ...lang('de'), 'X-Flag': 'on' });
    await harness.settled();
    expect((await page.get({ ...lang('de'), 'X-Flag': 'off' })).from).toBe('cache');
    const french = await page.get(lang('fr'));
    expect(french.from).toBe('origin');
    expect(french.headers.vary?.toLowerCase()).toContain('accept-language');
  });

  it('4.1 does not take what a middleware says on each request for what the handler says', async () => {
    const page = harness.page('sites');
    await page.get({ Origin: 'https://a.example' });
    await harness.settled();
    const second = await page.get({ Origin: 'https://b.example' });
    expect(second.from).toBe('cache');
    expect(second.headers.vary).toContain('Origin');
  });

  it('4.1 keeps what the middleware says when the handler adds to it', async () => {
    const page = harness.page('sites').answers({
      headers: { 'Cache-Control': 'max-age=600', Vary: 'Accept-Language' },
    });
    await page.get(lang('de'));
    await harness.settled();
    expect((await page.get(lang('fr'))).from).toBe('origin');
    expect((await page.get(lang('de'))).from).toBe('cache');
  });

  it('9211 tells a variant that is not there from a page that is not there', async () => {
    const page = varying('Accept-Language');
    expect((await page.get(lang('de'))).cacheStatus?.fwd).toBe('uri-miss');
    await harness.settled();
    expect((await page.get(lang('fr'))).cacheStatus?.fwd).toBe('vary-miss');
  });
});

function varying(vary: string | readonly string[]): ReturnType<ProxyHarness['page']> {
  return harness.page().answers({ headers: { 'Cache-Control': 'max-age=600', Vary: vary } });
}

function lang(value: string): { 'Accept-Language': string } {
  return { 'Accept-Language': value };
}
