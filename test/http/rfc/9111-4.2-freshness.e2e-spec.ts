import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { CachePolicy } from 'nestjs-redis-kit';
import { ProxyHarness } from '../support/proxy-harness.js';
import { playReuse, type ReuseCase } from '../support/reuse-table.js';

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({
    mounts: { 'short-ttl': [CachePolicy({ freshness: 'ttl' })] },
    cache: { ttl: '60s' },
  });
});
afterAll(() => harness.stop());

const lifetimes: readonly ReuseCase[] = [
  { name: '4.2.1 max-age, before', answer: says('max-age=100'), passSeconds: 98, from: 'cache' },
  { name: '4.2.1 max-age, after', answer: says('max-age=100'), passSeconds: 101, from: 'origin' },
  {
    name: '4.2.1 s-maxage before max-age, longer',
    answer: says('max-age=10, s-maxage=100'),
    passSeconds: 50,
    from: 'cache',
  },
  {
    name: '4.2.1 s-maxage before max-age, shorter',
    answer: says('max-age=100, s-maxage=10'),
    passSeconds: 50,
    from: 'origin',
  },
  {
    name: '4.2.1 Expires minus Date, before',
    answer: ({ date }) => expires(date(), date(100)),
    passSeconds: 95,
    from: 'cache',
  },
  {
    name: '4.2.1 Expires minus Date, after',
    answer: ({ date }) => expires(date(), date(100)),
    passSeconds: 102,
    from: 'origin',
  },
  {
    name: '5.3 max-age before Expires, longer',
    answer: ({ date }) => expires(date(), date(-100), 'max-age=100'),
    passSeconds: 50,
    from: 'cache',
  },
  {
    name: '5.3 max-age before Expires, shorter',
    answer: ({ date }) => expires(date(), date(1000), 'max-age=10'),
    passSeconds: 50,
    from: 'origin',
  },
  {
    name: '5.3 s-maxage before Expires',
    answer: ({ date }) => expires(date(), date(-100), 's-maxage=100'),
    passSeconds: 50,
    from: 'cache',
  },
  {
    name: '5.3 Expires in an obsolete form of date counts',
    answer: ({ date, now }) => expires(date(), rfc850(now() + 3_600_000)),
    from: 'cache',
  },
  {
    name: '5.3 Expires of 0 is in the past',
    answer: ({ date }) => expires(date(), '0'),
    from: 'origin',
  },
  {
    name: '5.3 Expires that is no date is in the past',
    answer: ({ date }) => expires(date(), 'next week'),
    from: 'origin',
  },
  {
    name: '5.3 Expires at Date is stale at once',
    answer: ({ date }) => expires(date(), date()),
    from: 'origin',
  },
  { name: '4.2.1 max-age=0 is stale at once', answer: says('max-age=0'), from: 'origin' },
  {
    name: '4.2.1 s-maxage=0 beats max-age',
    answer: says('max-age=60, s-maxage=0'),
    from: 'origin',
  },
  { name: '4.2 no lifetime named', answer: says(undefined), from: 'origin' },
  { name: '4.2.1 max-age without a number', answer: says('max-age'), from: 'origin' },
  { name: '4.2.1 max-age with an empty one', answer: says('max-age='), from: 'origin' },
  { name: '4.2.1 max-age with letters', answer: says('max-age=60s'), from: 'origin' },
  { name: '4.2.1 max-age below zero', answer: says('max-age=-60'), from: 'origin' },
  { name: '4.2.1 max-age with a fraction', answer: says('max-age=60.5'), from: 'origin' },
  { name: '1.2.2 max-age beyond 2^31', answer: says('max-age=99999999999'), from: 'cache' },
  { name: '5.2 max-age in capitals', answer: says('Max-Age=60'), from: 'cache' },
  { name: '5.2 max-age as a quoted string', answer: says('max-age="60"'), from: 'cache' },
  { name: '5.2 empty list members', answer: says(', ,max-age=60,,'), from: 'cache' },
  {
    name: '5.2.3 unknown extensions',
    answer: says('max-age=60, frob, x="a, no-store"'),
    from: 'cache',
  },
  {
    name: '4.2.1 two max-age: the first, or stale; never the longer',
    answer: says('max-age=10, max-age=1000'),
    passSeconds: 50,
    from: 'origin',
  },
  {
    name: '5.2 directives over two lines',
    answer: { headers: { 'Cache-Control': ['public', 'max-age=60'] } },
    from: 'cache',
  },
  {
    name: '5.2.2.5 no-store on the second of two lines',
    answer: { headers: { 'Cache-Control': ['max-age=60', 'no-store'] } },
    from: 'origin',
  },
];

const ages: readonly ReuseCase[] = [
  {
    name: '4.2.3 Age of the answer uses up the lifetime',
    answer: says('max-age=100', { Age: '60' }),
    passSeconds: 50,
    from: 'origin',
  },
  {
    name: '4.2.3 Age of the answer leaves the rest of it',
    answer: says('max-age=100', { Age: '60' }),
    passSeconds: 30,
    from: 'cache',
  },
  {
    name: '4.2.3 Age above the lifetime',
    answer: says('max-age=100', { Age: '100' }),
    from: 'origin',
  },
  {
    name: '5.1 Age that is no number is ignored',
    answer: says('max-age=100', { Age: 'old' }),
    from: 'cache',
  },
  {
    name: '5.1 Age below zero is ignored',
    answer: says('max-age=100', { Age: '-7' }),
    from: 'cache',
  },
  {
    name: '5.1 the first of a list of Ages counts',
    answer: says('max-age=100', { Age: ['60', '0'] }),
    passSeconds: 50,
    from: 'origin',
  },
  {
    name: '4.2.3 an old Date uses up the lifetime',
    answer: ({ date }) => says('max-age=100', { Date: date(-60) }),
    passSeconds: 50,
    from: 'origin',
  },
  {
    name: '4.2.3 a Date ahead of the cache counts as now',
    answer: ({ date }) => says('max-age=100', { Date: date(600) }),
    passSeconds: 50,
    from: 'cache',
  },
  {
    name: '4.2.3 a Date ahead of the cache does not lengthen it',
    answer: ({ date }) => says('max-age=100', { Date: date(600) }),
    passSeconds: 101,
    from: 'origin',
  },
];

const heuristics: readonly ReuseCase[] = [
  {
    name: '4.2.2 a tenth of the time since Last-Modified',
    mount: 'heuristic',
    answer: ({ date }) => says(undefined, { 'Last-Modified': date(-1000) }),
    passSeconds: 90,
    from: 'cache',
  },
  {
    name: '4.2.2 not more than that',
    mount: 'heuristic',
    answer: ({ date }) => says(undefined, { 'Last-Modified': date(-1000) }),
    passSeconds: 110,
    from: 'validation',
  },
  {
    name: '4.2.2 at most a day',
    mount: 'heuristic',
    answer: ({ date }) => says(undefined, { 'Last-Modified': date(-100 * 86_400) }),
    passSeconds: 86_500,
    from: 'validation',
  },
  {
    name: '4.2.2 nothing without Last-Modified',
    mount: 'heuristic',
    answer: says(undefined),
    from: 'origin',
  },
  {
    name: '4.2.2 not where a lifetime is named',
    mount: 'heuristic',
    answer: ({ date }) => says('max-age=5', { 'Last-Modified': date(-1000) }),
    passSeconds: 10,
    from: 'validation',
  },
  {
    name: '4.2.2 not where it was not asked for',
    answer: ({ date }) => says(undefined, { 'Last-Modified': date(-1000) }),
    from: 'validation',
  },
  {
    name: "the route's TTL where the answer names none, before",
    mount: 'short-ttl',
    answer: says(undefined),
    passSeconds: 58,
    from: 'cache',
  },
  {
    name: "the route's TTL where the answer names none, after",
    mount: 'short-ttl',
    answer: says(undefined),
    passSeconds: 61,
    from: 'origin',
  },
  {
    name: "the answer's own lifetime before the route's TTL, longer",
    mount: 'short-ttl',
    answer: says('max-age=600'),
    passSeconds: 300,
    from: 'cache',
  },
  {
    name: "the answer's own lifetime before the route's TTL, shorter",
    mount: 'ttl',
    answer: says('max-age=10'),
    passSeconds: 20,
    from: 'origin',
  },
  {
    name: 'an Expires in the past before the TTL of the route',
    mount: 'ttl',
    answer: ({ date }) => expires(date(), date(-1)),
    from: 'origin',
  },
];

describe('RFC 9111, 4.2 Freshness', () => {
  it.each(lifetimes)('$name', (one) => playReuse(harness, one));
  it.each(ages)('$name', (one) => playReuse(harness, one));
  it.each(heuristics)('$name', (one) => playReuse(harness, one));
});

function says(
  control: string | undefined,
  more: Record<string, string | string[] | undefined> = {},
): {
  headers: Record<string, string | string[] | undefined>;
} {
  return { headers: { 'Cache-Control': control, ...more } };
}

function expires(date: string, at: string, control?: string): ReturnType<typeof says> {
  return says(control, { Date: date, Expires: at });
}

function rfc850(timeMs: number): string {
  const at = new Date(timeMs);
  const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const [, day, month, year = '', time] = at.toUTCString().split(' ');
  return `${days[at.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
}
