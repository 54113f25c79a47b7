import { describe, expect, it } from '@jest/globals';
import { assert, oneof, property, string, constantFrom } from 'fast-check';
import { hasConditions, isNotModified, type StoredValidators } from './preconditions.js';

const MODIFIED = 'Sun, 06 Nov 1994 08:49:37 GMT';
const LATER = 'Sun, 06 Nov 1994 08:49:38 GMT';
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT';

const stored = (over: Partial<StoredValidators> = {}): StoredValidators => ({
  status: 200,
  etag: '"a"',
  lastModified: MODIFIED,
  ...over,
});

describe('isNotModified by If-None-Match', () => {
  it.each<[string, string, string | undefined, boolean]>([
    ['RFC 9110 13.1.2: *', '*', '"a"', true],
    ['RFC 9110 13.1.2: * without a stored tag', ' * ', undefined, true],
    ['RFC 9110 13.1.2: the tag', '"a"', '"a"', true],
    ['RFC 9110 13.1.2: another tag', '"b"', '"a"', false],
    ['RFC 9110 13.1.2: a tag, and none stored', '"a"', undefined, false],
    ['RFC 9110 13.1.2: the last of a list', '"x", W/"y" ,"a"', '"a"', true],
    ['RFC 9110 13.1.2: empty list members', ',, "a" ,', '"a"', true],
    ['RFC 9110 13.1.2: an empty field', '', '"a"', false],
    ['RFC 9110 8.8.3: a comma inside a tag', '"x,a", "b"', '"x,a"', true],
    ['RFC 9110 8.8.3: no member inside a tag', '"x,"', '"a"', false],
    ['RFC 9110 8.8.3: the empty tag', '""', '""', true],
    ['RFC 9110 8.8.3: tags differ by case', '"A"', '"a"', false],
    ['RFC 9110 8.8.3: w/ is no weak mark', 'w/"a"', '"a"', false],
    ['RFC 9110 8.8.3: no quotes', 'a', 'a', false],
    ['RFC 9110 8.8.3: a list that breaks the grammar', '"a" "b"', '"a"', false],
    ['RFC 9110 13.1.2: * in a list is no member', '"x", *', '"a"', false],
    ['RFC 9110 8.8.3.2: weak and weak', 'W/"1"', 'W/"1"', true],
    ['RFC 9110 8.8.3.2: weak and another weak', 'W/"1"', 'W/"2"', false],
    ['RFC 9110 8.8.3.2: weak and strong', 'W/"1"', '"1"', true],
    ['RFC 9110 8.8.3.2: strong and weak', '"1"', 'W/"1"', true],
  ])('%s', (_, field, etag, expected) => {
    expect(isNotModified({ 'if-none-match': field }, stored({ etag }))).toBe(expected);
  });

  it('RFC 9110 5.3: several lines are one list', () => {
    expect(isNotModified({ 'if-none-match': ['"x"', '"a"'] }, stored())).toBe(true);
  });

  it('RFC 9110 13.1.3: If-Modified-Since does not count beside it', () => {
    const headers = { 'if-none-match': '"other"', 'if-modified-since': LATER };
    expect(isNotModified(headers, stored())).toBe(false);
  });

  it('reads a long field in time', () => {
    const startedAt = performance.now();
    const field = `"b",${' '.repeat(200_000)};`;
    expect(isNotModified({ 'if-none-match': field }, stored())).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('never throws', () => {
    const nasty = string({ unit: constantFrom('"', 'W', '/', ',', ' ', 'a', '*'), maxLength: 40 });
    assert(
      property(oneof(string(), nasty), (field) =>
        [true, false].includes(isNotModified({ 'if-none-match': field }, stored())),
      ),
    );
  });
});

describe('isNotModified by If-Modified-Since', () => {
  it.each<[string, string | string[], Partial<StoredValidators>, boolean]>([
    ['RFC 9110 13.1.3: the same time', MODIFIED, {}, true],
    ['RFC 9110 13.1.3: later', LATER, {}, true],
    ['RFC 9110 13.1.3: earlier', EARLIER, {}, false],
    ['RFC 9110 13.1.3: in the far future', 'Fri, 31 Dec 9999 23:59:59 GMT', {}, true],
    ['RFC 9110 5.6.7: the form of RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', {}, true],
    ['RFC 9110 5.6.7: the form of asctime', 'Sun Nov  6 08:49:37 1994', {}, true],
    ['RFC 9110 13.1.3: no HTTP-date', '1994-11-06', {}, false],
    ['RFC 9110 13.1.3: zero', '0', {}, false],
    ['RFC 9110 13.1.3: two of them', [LATER, LATER], {}, false],
    ['RFC 9110 13.1.3: two of them in one line', `${LATER}, ${LATER}`, {}, false],
    ['RFC 9111 4.3.2: Date stands in', MODIFIED, { lastModified: undefined, date: MODIFIED }, true],
    [
      'RFC 9111 4.3.2: Date stands in, later',
      EARLIER,
      { lastModified: undefined, date: MODIFIED },
      false,
    ],
    [
      'RFC 9111 4.3.2: not beside Last-Modified',
      MODIFIED,
      { lastModified: LATER, date: EARLIER },
      false,
    ],
    ['RFC 9110 13.1.3: no date at all', LATER, { lastModified: undefined }, false],
    ['RFC 9110 13.1.3: a stored date that is none', LATER, { lastModified: 'yesterday' }, false],
  ])('%s', (_, field, over, expected) => {
    expect(isNotModified({ 'if-modified-since': field }, stored(over))).toBe(expected);
  });
});

describe('conditions', () => {
  it.each([203, 204, 301, 404, 500])('RFC 9111 4.3.2: do not count for a %i', (status) => {
    expect(isNotModified({ 'if-none-match': '*' }, stored({ status }))).toBe(false);
    expect(isNotModified({ 'if-modified-since': LATER }, stored({ status }))).toBe(false);
  });

  it.each([
    ['RFC 9111 4.3.2: If-None-Match', { 'if-none-match': '"a"' }, true],
    ['RFC 9111 4.3.2: If-Modified-Since', { 'if-modified-since': LATER }, true],
    ['RFC 9111 4.3.2: If-Match is not for a cache', { 'if-match': '"a"' }, false],
    ['RFC 9111 4.3.2: none', {}, false],
  ])('%s', (_, headers, expected) => {
    expect(hasConditions(headers)).toBe(expected);
    if (!expected) expect(isNotModified(headers, stored())).toBe(false);
  });
});
