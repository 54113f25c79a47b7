import { describe, expect, it } from '@jest/globals';
import { expiry, heuristicMs, initialAgeMs } from './lifetime.js';

const RESPONDED_AT = Date.UTC(1994, 10, 6, 8, 49, 37);
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const MINUTE_LATER = 'Sun, 06 Nov 1994 08:50:37 GMT';
const MINUTE_EARLIER = 'Sun, 06 Nov 1994 08:48:37 GMT';

type Fields = Readonly<Record<string, string | string[]>>;
const headers = (fields: Fields) => new Map(Object.entries(fields));

describe('expiry', () => {
  it.each<[string, Fields, number | undefined]>([
    ['RFC 9111 4.2.1: no Expires', { date: DATE }, undefined],
    ['RFC 9111 4.2.1: Expires minus Date', { expires: MINUTE_LATER, date: DATE }, 60_000],
    ['RFC 9111 4.2.1: by the clock of the origin', { expires: DATE, date: MINUTE_EARLIER }, 60_000],
    ['RFC 9111 4.2.1: without Date by the time it came', { expires: MINUTE_LATER }, 60_000],
    [
      'RFC 9110 6.6.1: a Date that is none counts as absent',
      { expires: MINUTE_LATER, date: 'now' },
      60_000,
    ],
    ['RFC 9111 4.2.1: Expires before Date', { expires: MINUTE_EARLIER, date: DATE }, 0],
    ['RFC 9111 4.2.1: the same time', { expires: DATE, date: DATE }, 0],
    ['RFC 9111 5.3: 0', { expires: '0', date: DATE }, 0],
    ['RFC 9111 5.3: -1', { expires: '-1' }, 0],
    ['RFC 9111 5.3: empty', { expires: '' }, 0],
    ['RFC 9111 4.2.1: two lines', { expires: [MINUTE_LATER, MINUTE_LATER], date: DATE }, 0],
    ['RFC 9111 4.2.1: two in one line', { expires: `${MINUTE_LATER}, ${MINUTE_LATER}` }, 0],
    ['RFC 9111 4.2: another zone', { expires: 'Sun, 06 Nov 1994 08:50:37 CET' }, 0],
    [
      'RFC 9111 1.2.2: beyond 2^31 seconds',
      { expires: 'Fri, 31 Dec 9999 23:59:59 GMT' },
      2 ** 31 * 1000,
    ],
  ])('%s', (_, fields, expected) => {
    expect(expiry(headers(fields), RESPONDED_AT)).toBe(expected);
  });
});

describe('heuristicMs', () => {
  it.each<[string, Fields, number]>([
    [
      'RFC 9111 4.2.2: 10 % of the time since Last-Modified',
      { 'last-modified': MINUTE_EARLIER, date: DATE },
      6_000,
    ],
    ['RFC 9111 4.2.2: without Date', { 'last-modified': MINUTE_EARLIER }, 6_000],
    [
      'RFC 9111 4.2.2: a day at most',
      { 'last-modified': 'Sun, 06 Nov 1988 08:49:37 GMT' },
      24 * 3_600_000,
    ],
    ['RFC 9111 4.2.2: in the future', { 'last-modified': MINUTE_LATER }, 0],
    ['RFC 9111 4.2.2: none', {}, 0],
    ['RFC 9111 4.2.2: no date', { 'last-modified': 'yesterday' }, 0],
  ])('%s', (_, fields, expected) => {
    expect(heuristicMs(headers(fields), RESPONDED_AT)).toBe(expected);
  });
});

describe('initialAgeMs', () => {
  it.each<[string, Fields, number, number]>([
    ['RFC 9111 4.2.3: neither Age nor Date', {}, 500, 0],
    ['RFC 9111 4.2.3: age_value', { age: '30' }, 500, 30_000],
    ['RFC 9111 4.2.3: apparent_age', { date: MINUTE_EARLIER }, 0, 60_000],
    [
      'RFC 9111 4.2.3: the delay of the response counts once',
      { date: MINUTE_EARLIER },
      5_000,
      55_000,
    ],
    ['RFC 9110 5.6.7: a Date is cut to the second', { date: DATE }, -900, 0],
    ['RFC 9111 4.2.3: a Date made during the request', { date: DATE }, 500, 0],
    ['RFC 9111 4.2.3: a Date in the future', { date: MINUTE_LATER }, 0, 0],
    ['RFC 9111 4.2.3: the larger of both, Age', { age: '90', date: MINUTE_EARLIER }, 0, 90_000],
    ['RFC 9111 4.2.3: the larger of both, Date', { age: '30', date: MINUTE_EARLIER }, 0, 60_000],
    ['RFC 9111 5.1: two lines, the first counts', { age: ['5', '90'] }, 0, 5_000],
    ['RFC 9111 5.1: a list, the first counts', { age: '5, 90' }, 0, 5_000],
    ['RFC 9111 5.1: no number is ignored', { age: 'old' }, 0, 0],
    ['RFC 9111 5.1: a negative number is ignored', { age: '-5' }, 0, 0],
    ['RFC 9111 5.1: a fraction is ignored', { age: '5.5' }, 0, 0],
    ['RFC 9111 1.2.2: beyond 2^31', { age: '99999999999' }, 0, 2 ** 31 * 1000],
  ])('%s', (_, fields, delayMs, expected) => {
    const age = initialAgeMs(headers(fields), RESPONDED_AT - delayMs, RESPONDED_AT);
    expect(age).toBe(expected);
  });

  it('RFC 9111 4.2.3: with the delay it is corrected_initial_age', () => {
    for (const age of [0, 5, 90])
      for (const delay of [0, 2_000, 70_000]) {
        const apparent = 60_000;
        const corrected = Math.max(apparent, age * 1000 + delay);
        const given = headers({ age: String(age), date: MINUTE_EARLIER });
        expect(initialAgeMs(given, RESPONDED_AT - delay, RESPONDED_AT) + delay).toBe(corrected);
      }
  });
});
