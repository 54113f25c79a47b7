import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import type { Fields } from '../support/origin.js';
import { ProxyHarness } from '../support/proxy-harness.js';
import { playReuse, type ReuseCase } from '../support/reuse-table.js';

let harness: ProxyHarness;

beforeAll(async () => {
  const headers = { freshness: 'headers' } as const;
  harness = await ProxyHarness.start({
    mounts: {
      targeted: [CachePolicy({ ...headers, targeted: ['CDN-Cache-Control'] })],
      both: [CachePolicy({ ...headers, targeted: ['Kit-Cache-Control', 'CDN-Cache-Control'] })],
    },
  });
});
afterAll(() => harness.stop());

function says(control: string | undefined, targeted: Fields): { headers: Fields } {
  return { headers: { 'Cache-Control': control, ...targeted } };
}

const cdn = (value: string): Fields => ({ 'CDN-Cache-Control': value });

const cases: readonly ReuseCase[] = [
  {
    name: 'wins over Cache-Control, longer',
    mount: 'targeted',
    answer: says('no-store', cdn('max-age=600')),
    from: 'cache',
  },
  {
    name: 'wins over Cache-Control, shorter',
    mount: 'targeted',
    answer: says('max-age=600', cdn('no-store')),
    from: 'origin',
  },
  {
    name: 'wins over s-maxage',
    mount: 'targeted',
    answer: says('s-maxage=0', cdn('max-age=600')),
    from: 'cache',
  },
  {
    name: 'wins over private',
    mount: 'targeted',
    answer: says('private', cdn('max-age=600')),
    from: 'cache',
  },
  {
    name: 'wins over Expires',
    mount: 'targeted',
    answer: ({ date }) => says(undefined, { ...cdn('max-age=600'), Expires: date(-60) }),
    from: 'cache',
  },
  {
    name: 'without a lifetime, Expires does not stand in',
    mount: 'targeted',
    answer: ({ date }) => says(undefined, { ...cdn('public'), Expires: date(600) }),
    from: 'origin',
  },
  {
    name: 'is ignored where it is not asked for',
    answer: says('no-store', cdn('max-age=600')),
    from: 'origin',
  },
  {
    name: 'missing: Cache-Control counts',
    mount: 'targeted',
    answer: says('max-age=600', {}),
    from: 'cache',
  },
  {
    name: 'empty: Cache-Control counts',
    mount: 'targeted',
    answer: says('max-age=600', cdn('')),
    from: 'cache',
  },
  {
    name: 'no dictionary: Cache-Control counts',
    mount: 'targeted',
    answer: says('max-age=600', cdn('max-age=60, &&&')),
    from: 'cache',
  },
  {
    name: 'a string where a number belongs is ignored',
    mount: 'targeted',
    answer: says('max-age=600', cdn('max-age="600"')),
    from: 'origin',
  },
  {
    name: 'parameters are ignored',
    mount: 'targeted',
    answer: says('no-store', cdn('max-age=600;x=1')),
    from: 'cache',
  },
  {
    name: 'the last of two counts',
    mount: 'targeted',
    answer: says('no-store', cdn('max-age=0, max-age=600')),
    from: 'cache',
  },
  {
    name: 'no-store=?0 is no no-store',
    mount: 'targeted',
    answer: says('no-store', cdn('max-age=600, no-store=?0')),
    from: 'cache',
  },
  {
    name: 'over two lines',
    mount: 'targeted',
    answer: { headers: { 'CDN-Cache-Control': ['max-age=600', 'no-store'] } },
    from: 'origin',
  },
  {
    name: 'the first of the list that is there counts',
    mount: 'both',
    answer: says('no-store', { ...cdn('no-store'), 'Kit-Cache-Control': 'max-age=600' }),
    from: 'cache',
  },
  {
    name: 'the next of the list where the first is missing',
    mount: 'both',
    answer: says('no-store', cdn('max-age=600')),
    from: 'cache',
  },
];

describe('RFC 9213 Targeted Cache-Control', () => {
  it.each(cases)('2.1 $name', (one) => playReuse(harness, one));

  it.each(['targeted', 'headers'])('passes on untouched (%s)', async (mount) => {
    const fields = { 'cache-control': 'max-age=600', 'cdn-cache-control': 'max-age=600 , Frob;x' };
    const page = harness.page(mount).answers({ headers: fields });
    expect((await page.get()).headers).toMatchObject(fields);
    await harness.settled();
    const hit = await page.get();
    expect(hit.from).toBe('cache');
    expect(hit.headers).toMatchObject(fields);
  });
});
