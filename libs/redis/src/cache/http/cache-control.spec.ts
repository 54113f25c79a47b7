import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, oneof, property, string, tuple } from 'fast-check';
import { parseCacheControl } from './cache-control.js';

describe('parseCacheControl', () => {
  it.each([
    ['RFC 9111 5.2: no field', undefined, [], ['max-age']],
    ['RFC 9111 5.2: an empty field', '', [], ['max-age']],
    ['RFC 9111 5.2: names in any case', 'No-Store, MAX-AGE=1', ['no-store', 'max-age'], []],
    ['RFC 9110 5.6.1: empty list elements', ' ,, no-cache ,\t,', ['no-cache'], []],
    ['RFC 9110 5.3: several lines', ['max-age=1', 'no-store'], ['max-age', 'no-store'], []],
    [
      'RFC 9110 5.6.4: a directive inside quotes is none',
      'ext="no-store, private"',
      ['ext'],
      ['no-store', 'private'],
    ],
    [
      'RFC 9110 5.6.4: an escaped quote does not end the string',
      'ext="a\\", no-store", public',
      ['ext', 'public'],
      ['no-store'],
    ],
    ['RFC 9111 5.2.3: unknown extensions', 'community="UCI", x=1, y', ['community', 'x', 'y'], []],
  ])('%s', (_, field, present, absent) => {
    const directives = parseCacheControl(field);
    expect(directives.isMalformed).toBe(false);
    expect(present.filter((name) => !directives.has(name))).toEqual([]);
    expect(absent.filter((name) => directives.has(name))).toEqual([]);
  });

  it.each([
    ['a semicolon between directives', 'private; max-age=600'],
    ['whitespace around the equals sign', 'max-age = 60'],
    ['an argument that is missing', 'max-age='],
    ['an open quote', 'private="set-cookie'],
    ['text behind a quoted string', 'ext="a"b'],
    ['two words', 'no store'],
    ['a control character', 'no-store\u0000'],
    ['a control character in quotes', 'ext="\u0007"'],
  ])('RFC 9111 5.2: %s breaks the grammar', (_, field) => {
    expect(parseCacheControl(field).isMalformed).toBe(true);
  });

  it('RFC 9111 5.2: reads on behind what is malformed', () => {
    expect(parseCacheControl('a b, no-store').has('no-store')).toBe(true);
  });

  it.each([
    ['RFC 9111 1.2.2: seconds', 'max-age=60', 60_000],
    ['RFC 9111 1.2.2: more than 2^31 is 2^31', 'max-age=99999999999', 2 ** 31 * 1000],
    [
      'RFC 9111 1.2.2: more than a double holds is 2^31',
      `max-age=${'9'.repeat(400)}`,
      2 ** 31 * 1000,
    ],
    ['RFC 9111 5.2: the quoted form', 'max-age="60"', 60_000],
    ['RFC 9111 5.2: an escape in the quoted form', 'max-age="6\\0"', 60_000],
    ['RFC 9111 4.2.1: absent', 'public', undefined],
    ['RFC 9111 4.2.1: without an argument', 'max-age', 0],
    ['RFC 9111 4.2.1: negative', 'max-age=-1', 0],
    ['RFC 9111 4.2.1: a fraction', 'max-age=1.5', 0],
    ['RFC 9111 4.2.1: text', 'max-age=abc', 0],
    ['RFC 9111 4.2.1: an exponent', 'max-age=1e3', 0],
    ['RFC 9111 4.2.1: a space in quotes', 'max-age=" 60"', 0],
    ['RFC 9111 4.2.1: twice, the smaller last', 'max-age=60, max-age=0', 0],
    ['RFC 9111 4.2.1: twice, the smaller first', 'max-age=0, max-age=60', 0],
    ['RFC 9111 4.2.1: twice, one invalid', 'max-age=60, max-age=x', 0],
  ])('%s', (_, field, expected) => {
    expect(parseCacheControl(field).durationMs('max-age')).toBe(expected);
  });

  it.each([
    ['without an argument', 'max-stale', true],
    ['twice without', 'max-stale, Max-Stale', true],
    ['with one', 'max-stale=1', false],
    ['with and without', 'max-stale, max-stale=1', false],
    ['with an empty one', 'max-stale=""', false],
    ['absent', 'max-age=1', false],
  ])('RFC 9111 5.2.1.2: bare is a directive %s', (_, field, expected) => {
    expect(parseCacheControl(field).isBare('max-stale')).toBe(expected);
  });

  it('RFC 9111 4.2.1: of min-fresh the larger is the stricter', () => {
    expect(parseCacheControl('min-fresh=5, min-fresh=60').durationMs('min-fresh')).toBe(60_000);
  });

  it.each([
    ['RFC 9111 5.2.2.4 no-cache: absent', 'max-age=1', undefined],
    ['RFC 9111 5.2.2.4 no-cache: unqualified', 'no-cache', []],
    ['RFC 9111 5.2.2.4 no-cache with names', 'no-cache="Set-Cookie, X-A"', ['set-cookie', 'x-a']],
    ['RFC 9111 5.2.2.4 no-cache with a name as token', 'no-cache=Set-Cookie', ['set-cookie']],
    ['RFC 9111 5.2.2.4 no-cache with empty quotes', 'no-cache=""', []],
    ['RFC 9111 5.2.2.4 no-cache with empty members', 'no-cache=" ,x-a,, "', ['x-a']],
    ['RFC 9111 5.2.2.4 no-cache with no field name', 'no-cache="a b"', []],
    ['RFC 9111 5.2.2.4 no-cache with one that is none', 'no-cache="x-a, a b"', []],
    ['RFC 9111 5.2.2.4 no-cache with names and without', 'no-cache="x-a", no-cache', []],
    ['RFC 9111 5.2.2.4 no-cache twice', 'no-cache="x-a", no-cache="x-b"', ['x-a', 'x-b']],
  ])('%s', (_, field, expected) => {
    expect(parseCacheControl(field).fields('no-cache')).toEqual(expected);
  });
});

const oneOf = (characters: string) => constantFrom(...characters.split(''));
const token = string({ unit: oneOf("!#$%&'*+-.^_`|~09azAZ"), minLength: 1, maxLength: 8 });
const quotedText = string({
  unit: constantFrom('a', ',', ' ', '"', '\\', '=', ';', '\t', 'é'),
  maxLength: 8,
});
const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
const blank = string({ unit: constantFrom(' ', '\t'), maxLength: 2 });
const comma = tuple(blank, blank).map(([before, after]) => `${before},${after}`);

describe('parseCacheControl, fuzzed', () => {
  it.each([
    ['blanks', `a,${' '.repeat(200_000)};`],
    ['an open quote', `a="${'b,'.repeat(100_000)}`],
    ['escapes', `a="${String.raw`\"`.repeat(100_000)}`],
    ['open quotes', 'a="x,'.repeat(40_000)],
  ])('reads a long field of %s in time', (_, field) => {
    const startedAt = performance.now();
    expect(parseCacheControl(field).isMalformed).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('never throws and ends', () => {
    const nasty = string({ unit: oneOf('a="\\,; \t1-é'), maxLength: 60 });
    assert(
      property(oneof(string(), nasty), (field) => {
        const directives = parseCacheControl(field);
        return (
          [directives.durationMs('a'), directives.fields('a'), directives.isBare('a')].length === 3
        );
      }),
    );
  });

  it('reads back every valid field', () => {
    const directive = tuple(
      token,
      oneof(
        constantFrom(undefined),
        token.map((text) => ({ text, written: text })),
        quotedText.map((text) => ({ text, written: quote(text) })),
      ),
    );
    const field = array(tuple(directive, comma), { minLength: 1, maxLength: 5 });
    assert(
      property(field, (parts) => {
        const written = parts
          .map(([[name, value], end]) => `${name}${value ? `=${value.written}` : ''}${end}`)
          .join('');
        const directives = parseCacheControl(written);
        expect(directives.isMalformed).toBe(false);
        for (const [[name]] of parts) expect(directives.has(name.toLowerCase())).toBe(true);
        for (const [[name]] of parts) {
          const same = parts.filter(([[other]]) => other.toLowerCase() === name.toLowerCase());
          expect(directives.isBare(name.toLowerCase())).toBe(same.every(([[, value]]) => !value));
        }
      }),
    );
  });

  it('takes the smallest of any number of lifetimes, in both forms', () => {
    const lifetime = tuple(integer({ min: 0, max: 10 ** 9 }), constantFrom('', '"'));
    assert(
      property(array(lifetime, { minLength: 1, maxLength: 5 }), (given) => {
        const field = given.map(([value, mark]) => `Max-Age=${mark}${value}${mark}`).join(', ');
        const smallest = Math.min(...given.map(([value]) => value));
        expect(parseCacheControl(field).durationMs('max-age')).toBe(smallest * 1000);
      }),
    );
  });
});
