import { describe, expect, it } from '@jest/globals';
import { assert, date, property, string } from 'fast-check';
import { parseHttpDate } from './http-date.js';

const NOW = Date.UTC(2026, 0, 1);
const THEN = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('parseHttpDate', () => {
  it.each([
    ['RFC 9110 5.6.7: IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', THEN],
    ['RFC 9110 5.6.7: the form of RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', THEN],
    ['RFC 9110 5.6.7: the form of asctime', 'Sun Nov  6 08:49:37 1994', THEN],
    [
      'RFC 9110 5.6.7: asctime, day of two digits',
      'Wed Nov 16 08:49:37 1994',
      Date.UTC(1994, 10, 16, 8, 49, 37),
    ],
    ['RFC 9110 5.6.7: a leap second', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['RFC 9110 5.6.7: a leap day', 'Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    [
      'RFC 9110 5.6.7: less than 50 years ahead',
      'Wednesday, 31-Dec-75 00:00:00 GMT',
      Date.UTC(2075, 11, 31),
    ],
    [
      'RFC 9110 5.6.7: more than 50 years ahead is past',
      'Friday, 02-Jan-76 00:00:00 GMT',
      Date.UTC(1976, 0, 2),
    ],
    ['RFC 9111 4.2: case does not count', 'SUN, 06 nov 1994 08:49:37 gmt', THEN],
  ])('%s', (_, text, expected) => {
    expect(parseHttpDate(text, NOW)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['zero', '0'],
    ['a number', '-1'],
    ['a day that the month has not', 'Thu, 30 Feb 2023 00:00:00 GMT'],
    ['an hour that the day has not', 'Sun, 06 Nov 1994 24:00:00 GMT'],
    ['a minute that the hour has not', 'Sun, 06 Nov 1994 08:60:00 GMT'],
    ['a second that the minute has not', 'Sun, 06 Nov 1994 08:49:61 GMT'],
    ['another zone', 'Sun, 06 Nov 1994 08:49:37 UTC'],
    ['an offset', 'Sun, 06 Nov 1994 08:49:37 +0000'],
    ['no zone', 'Sun, 06 Nov 1994 08:49:37'],
    ['no weekday', '06 Nov 1994 08:49:37 GMT'],
    ['ISO 8601', '1994-11-06T08:49:37Z'],
    ['a day of one digit', 'Sun, 6 Nov 1994 08:49:37 GMT'],
    ['more whitespace', 'Sun,  06 Nov 1994 08:49:37 GMT'],
    ['two of them', 'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT'],
  ])('RFC 9111 4.2: %s is no date', (_, text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });

  it('reads back every date that JavaScript writes', () => {
    const seconds = date({
      min: new Date('1000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    assert(
      property(seconds, (time) => {
        expect(parseHttpDate(time.toUTCString(), NOW)).toBe(
          Math.floor(time.getTime() / 1000) * 1000,
        );
      }),
    );
  });

  it('never throws', () => {
    assert(property(string(), (text) => parseHttpDate(text, NOW) !== null));
  });
});
