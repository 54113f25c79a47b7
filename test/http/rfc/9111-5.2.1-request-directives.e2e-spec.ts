import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import type { Fields } from '../support/origin.js';
import type { From, Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({
    mounts: {
      deaf: [CachePolicy({ freshness: 'headers', requestDirectives: false })],
      'max-age-only': [CachePolicy({ freshness: 'headers', requestDirectives: ['max-age'] })],
    },
  });
});
afterAll(() => harness.stop());

interface DirectiveCase {
  readonly name: string;
  /** Of the second request. */
  readonly request: Fields;
  /** Default `max-age=100`. */
  readonly answer?: string;
  /** How old the stored answer is. */
  readonly age: number;
  readonly from: From;
  /** Where requests cannot give orders. */
  readonly deaf: From;
}

const VALIDATE = 'validation';
const cases: readonly DirectiveCase[] = [
  {
    name: '5.2.1.1 max-age, younger',
    request: says('max-age=50'),
    age: 10,
    from: 'cache',
    deaf: 'cache',
  },
  {
    name: '5.2.1.1 max-age, older',
    request: says('max-age=50'),
    age: 60,
    from: VALIDATE,
    deaf: 'cache',
  },
  { name: '5.2.1.1 max-age=0', request: says('max-age=0'), age: 2, from: VALIDATE, deaf: 'cache' },
  {
    name: '5.2.1.1 max-age that is no number',
    request: says('max-age=old'),
    age: 10,
    from: VALIDATE,
    deaf: 'cache',
  },
  {
    name: '5.2.1.2 max-stale, within',
    request: says('max-stale=60'),
    age: 150,
    from: 'cache',
    deaf: VALIDATE,
  },
  {
    name: '5.2.1.2 max-stale, beyond',
    request: says('max-stale=20'),
    age: 150,
    from: VALIDATE,
    deaf: VALIDATE,
  },
  {
    name: '5.2.1.2 max-stale without a number',
    request: says('max-stale'),
    age: 1000,
    from: 'cache',
    deaf: VALIDATE,
  },
  {
    name: '5.2.2.2 max-stale against must-revalidate',
    request: says('max-stale'),
    answer: 'max-age=100, must-revalidate',
    age: 150,
    from: VALIDATE,
    deaf: VALIDATE,
  },
  {
    name: '5.2.2.8 max-stale against proxy-revalidate',
    request: says('max-stale'),
    answer: 'max-age=100, proxy-revalidate',
    age: 150,
    from: VALIDATE,
    deaf: VALIDATE,
  },
  {
    name: '5.2.2.10 max-stale against s-maxage',
    request: says('max-stale'),
    answer: 's-maxage=100',
    age: 150,
    from: VALIDATE,
    deaf: VALIDATE,
  },
  {
    name: '5.2.2.4 max-stale against no-cache',
    request: says('max-stale'),
    answer: 'max-age=100, no-cache',
    age: 10,
    from: VALIDATE,
    deaf: VALIDATE,
  },
  {
    name: '5.2.1.3 min-fresh, enough left',
    request: says('min-fresh=50'),
    age: 10,
    from: 'cache',
    deaf: 'cache',
  },
  {
    name: '5.2.1.3 min-fresh, too little left',
    request: says('min-fresh=50'),
    age: 60,
    from: VALIDATE,
    deaf: 'cache',
  },
  { name: '5.2.1.4 no-cache', request: says('no-cache'), age: 10, from: VALIDATE, deaf: 'cache' },
  {
    name: '5.2.1.4 no-cache in capitals',
    request: says('No-Cache'),
    age: 10,
    from: VALIDATE,
    deaf: 'cache',
  },
  {
    name: '5.4 Pragma: no-cache alone',
    request: { Pragma: 'no-cache' },
    age: 10,
    from: VALIDATE,
    deaf: 'cache',
  },
  {
    name: '5.4 Pragma: no-cache beside Cache-Control',
    request: { Pragma: 'no-cache', 'Cache-Control': 'max-age=50' },
    age: 10,
    from: 'cache',
    deaf: 'cache',
  },
  {
    name: '5.2.1.6 no-transform',
    request: says('no-transform'),
    age: 10,
    from: 'cache',
    deaf: 'cache',
  },
  {
    name: '5.2.1.7 only-if-cached, fresh',
    request: says('only-if-cached'),
    age: 10,
    from: 'cache',
    deaf: 'cache',
  },
  {
    name: '5.2.3 an unknown directive',
    request: says('frob=1'),
    age: 10,
    from: 'cache',
    deaf: 'cache',
  },
];

/** A page that was stored that long ago. */
async function storedPage(mount: string, control: string, age: number): Promise<Page> {
  const page = harness.page(mount).answers({ headers: { 'Cache-Control': control, ETag: '"v1"' } });
  await page.get();
  await harness.pass(age);
  return page;
}

describe('RFC 9111, 5.2.1 Request Directives', () => {
  it.each(cases)('$name: $from', async ({ request, answer = 'max-age=100', age, from }) => {
    const page = await storedPage('headers', answer, age);
    expect((await page.get(request)).from).toBe(from);
  });

  it.each(cases)('$name, where they are off: $deaf', async ({ request, answer, age, deaf }) => {
    const page = await storedPage('deaf', answer ?? 'max-age=100', age);
    expect((await page.get(request)).from).toBe(deaf);
  });

  it('5.2.1.1 takes what max-age brought for the next one', async () => {
    const page = await storedPage('headers', 'max-age=100', 60);
    const { body } = await page.get(says('max-age=50'));
    await harness.settled();
    expect(await page.get(says('max-age=50'))).toMatchObject({ from: 'cache', body });
  });

  it('5.2.1.4 stores what no-cache brought', async () => {
    const page = await storedPage('headers', 'max-age=100', 10);
    const { body } = await page.get(says('no-cache'));
    await harness.settled();
    expect(await page.get()).toMatchObject({ from: 'cache', body });
  });

  it('5.2.1.5 no-store leaves nothing behind', async () => {
    const page = harness.page();
    await page.get(says('no-store'));
    await harness.settled();
    expect((await page.get()).from).toBe('origin');
  });

  it('5.2.1.5 no-store is stored all the same where directives are off', async () => {
    const page = harness.page('deaf');
    await page.get(says('no-store'));
    await harness.settled();
    expect((await page.get()).from).toBe('cache');
  });

  it('5.2.1.7 only-if-cached gets 504 where nothing is stored, and the origin is not asked', async () => {
    const page = harness.page();
    const visit = await page.get(says('only-if-cached'));
    expect(visit).toMatchObject({ status: 504, from: 'cache' });
    expect(visit.cacheStatus?.hit).toBeUndefined();
    expect((await page.get()).from).toBe('origin');
  });

  it('5.2.1.7 only-if-cached gets 504 where what is stored is stale', async () => {
    const page = await storedPage('headers', 'max-age=100', 150);
    expect(await page.get(says('only-if-cached'))).toMatchObject({ status: 504, from: 'cache' });
  });

  it('5.2.1.7 only-if-cached with max-stale gets the stale one', async () => {
    const page = await storedPage('headers', 'max-age=100', 150);
    const visit = await page.get(says('only-if-cached, max-stale'));
    expect(visit).toMatchObject({ status: 200, from: 'cache' });
  });

  it('5.2.1.7 only-if-cached asks the origin where directives are off', async () => {
    expect((await harness.page('deaf').get(says('only-if-cached'))).from).toBe('origin');
  });

  it('honors only those that the route names', async () => {
    const page = await storedPage('max-age-only', 'max-age=100', 60);
    expect((await page.get(says('no-cache'))).from).toBe('cache');
    expect((await page.get({ Pragma: 'no-cache' })).from).toBe('cache');
    expect((await page.get(says('min-fresh=90'))).from).toBe('cache');
    expect((await page.get(says('max-age=50'))).from).toBe('validation');
  });

  it('never lets a request turn a cache off for others', async () => {
    const page = await storedPage('headers', 'max-age=100', 10);
    await page.get(says('no-store'));
    await page.get(says('no-cache, no-store'));
    await harness.settled();
    expect((await page.get()).from).toBe('cache');
  });
});

function says(control: string): Fields {
  return { 'Cache-Control': control };
}
