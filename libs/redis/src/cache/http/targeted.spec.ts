import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, oneof, property, string } from 'fast-check';
import { parseTargeted, policyField } from './targeted.js';

const field = (headers: Readonly<Record<string, string | string[]>>, targeted: readonly string[]) =>
  policyField(new Map(Object.entries(headers)), targeted);

const both = { 'cdn-cache-control': 'max-age=600', 'cache-control': 'max-age=60' };

describe('policyField', () => {
  it.each<
    [string, Readonly<Record<string, string | string[]>>, string[], number | undefined, boolean]
  >([
    ['RFC 9213 2.2: on the list', both, ['CDN-Cache-Control'], 600_000, true],
    ['RFC 9213 2.2: not on the list', both, [], 60_000, false],
    [
      'RFC 9213 2.2: the first that is there',
      both,
      ['Shop-Cache-Control', 'CDN-Cache-Control'],
      600_000,
      true,
    ],
    [
      'RFC 9213 2.2: the order of the list counts',
      { ...both, 'shop-cache-control': 'max-age=5' },
      ['Shop-Cache-Control', 'CDN-Cache-Control'],
      5_000,
      true,
    ],
    [
      'RFC 9213 2.1: one that does not parse is absent',
      { ...both, 'cdn-cache-control': 'max-age=600;;' },
      ['CDN-Cache-Control'],
      60_000,
      false,
    ],
    [
      'RFC 9213 2.1: an empty one is absent',
      { ...both, 'cdn-cache-control': ' ' },
      ['CDN-Cache-Control'],
      60_000,
      false,
    ],
    [
      'RFC 9213 3.1: none',
      { ...both, 'cdn-cache-control': 'none' },
      ['CDN-Cache-Control'],
      undefined,
      true,
    ],
    [
      'RFC 9213 2.2: none of the list is there',
      { 'cache-control': 'max-age=60' },
      ['CDN-Cache-Control'],
      60_000,
      false,
    ],
  ])('%s', (_, headers, targeted, expected, isTargeted) => {
    const found = field(headers, targeted);
    expect(found.directives.durationMs('max-age')).toBe(expected);
    expect(found.isTargeted).toBe(isTargeted);
  });
});

describe('parseTargeted', () => {
  it.each([
    ['RFC 9651 3.2: a key in capitals', 'Max-Age=60'],
    ['RFC 9651 4.2.2: a comma at the end', 'max-age=60,'],
    ['RFC 9651 4.2.2: an empty member', 'max-age=60,,no-store'],
    ['RFC 9651 4.2.2: two members without a comma', 'max-age=60 no-store'],
    ['RFC 9651 4.2.3: a space before the value', 'max-age= 60'],
    ['RFC 9651 4.2.5: an open String', 'private="a'],
    ['RFC 9651 3.3.3: an escape that is none', 'private="\\a"'],
    ['RFC 9651 3.3.3: beyond ASCII', 'x="é"'],
    ['RFC 9651 4.2.4: a number that is too long', 'max-age=1234567890123456'],
    ['RFC 9651 4.2.4: a fraction that is too long', 'max-age=1.2345'],
    ['RFC 9651 4.2.1.2: an open Inner List', 'x=(a b'],
    ['RFC 9213 2.1: empty', ''],
  ])('%s does not parse', (_, text) => {
    expect(parseTargeted(text)).toBeUndefined();
  });

  it.each<[string, string | string[], number | undefined]>([
    ['RFC 9213 2.1: an Integer', 'max-age=60', 60_000],
    ['RFC 9213 2.1: a Decimal is not converted', 'max-age=60.0', 0],
    ['RFC 9213 2.1: a String is not converted', 'max-age="60"', 0],
    ['RFC 9213 2.1: a negative Integer', 'max-age=-60', 0],
    ['RFC 9213 2.1: no value', 'max-age', 0],
    ['RFC 9213 2.1: parameters do not count', 'max-age=60;a=1; b, x;y', 60_000],
    ['RFC 9651 4.2.2: the last of two', 'max-age=5, max-age=60', 60_000],
    ['RFC 9651 4.2: spaces around, tabs at commas', '  x \t,\t max-age=60 ', 60_000],
    ['RFC 9651 4.2: several lines', ['x=1', 'max-age=60'], 60_000],
    [
      'RFC 9213 2.2: unknown members of all types',
      'a=1.5, b="x", c=*t/k:1, d=:YQ==:, e=?0, f=(1 "a";q=1), g=(), h=@1, i=%"f%c3", max-age=60',
      60_000,
    ],
  ])('%s', (_, text, expected) => {
    expect(parseTargeted(text)?.durationMs('max-age')).toBe(expected);
  });

  it.each<[string, string, readonly string[] | undefined]>([
    ['RFC 9213 2.1: Boolean true', 'private', []],
    ['RFC 9651 3.3.6: written out', 'private=?1', []],
    ['RFC 9651 3.3.6: false is absent', 'private=?0', undefined],
    ['RFC 9651 4.2.2: false after true', 'private, private=?0', undefined],
    ['RFC 9213 2.1: a String of field names', 'private="X-A, x-b"', ['x-a', 'x-b']],
    ['RFC 9213 2.1: another type counts for all', 'private=x-a', []],
  ])('%s', (_, text, expected) => {
    expect(parseTargeted(text)?.fields('private')).toEqual(expected);
  });

  it('never throws and ends', () => {
    const nasty = string({
      unit: constantFrom('a', '=', '"', '(', ')', ';', ',', ' ', '1', '\\', '?'),
      maxLength: 60,
    });
    assert(property(oneof(string(), nasty), (text) => parseTargeted(text)?.isMalformed !== true));
  });
});
