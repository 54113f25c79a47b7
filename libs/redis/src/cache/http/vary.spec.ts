import { describe, expect, it } from '@jest/globals';
import {
  array,
  assert,
  constantFrom,
  oneof,
  property,
  string,
  tuple,
  uniqueArray,
} from 'fast-check';
import { normalizeField, varyNames, variantKey, type HeaderValue } from './vary.js';

describe('varyNames', () => {
  it.each<[string, HeaderValue | undefined, HeaderValue | undefined, readonly string[] | '*']>([
    ['RFC 9110 12.5.5: none', undefined, undefined, []],
    ['RFC 9110 12.5.5: empty', undefined, ' , ,', []],
    ['RFC 9110 12.5.5: one', undefined, 'Accept-Language', ['accept-language']],
    ['RFC 9110 12.5.5: case and order do not count', undefined, 'B, a', ['a', 'b']],
    ['RFC 9110 12.5.5: each once', undefined, 'a, A , a', ['a']],
    ['RFC 9110 5.3: several lines', undefined, ['b', 'a, c'], ['a', 'b', 'c']],
    ['RFC 9111 4.1: *', undefined, '*', '*'],
    ['RFC 9111 4.1: * inside a list', undefined, 'accept, * , b', '*'],
    ['RFC 9111 4.1: * of a layer below', '*', '*, accept', '*'],
    ['RFC 9110 5.1: what is no field name', undefined, 'accept language', '*'],
    ['names that were there before do not count', 'Origin', 'Origin, Accept', ['accept']],
    ['names that were there before, in other letters', 'ORIGIN', 'origin', []],
    ['names that the handler took away', 'Origin', undefined, []],
  ])('%s', (_, before, after, expected) => {
    expect(varyNames(before, after)).toEqual(expected);
  });

  const token = string({ unit: constantFrom(...'aB-_.!#1'.split('')), minLength: 1, maxLength: 6 });
  const blank = string({ unit: constantFrom(' ', '\t'), maxLength: 2 });

  it('never throws', () => {
    const nasty = string({ unit: constantFrom('*', ',', ' ', 'a', '"', '\u0000'), maxLength: 20 });
    assert(
      property(oneof(string(), nasty), (field) => {
        const names = varyNames(undefined, field);
        return names === '*' || Array.isArray(names);
      }),
    );
  });

  it('reads every valid field, whatever its order, case, blanks and empty members', () => {
    assert(
      property(
        uniqueArray(token, { selector: (name) => name.toLowerCase() }),
        array(tuple(blank, blank), { minLength: 8, maxLength: 8 }),
        (names, blanks) => {
          const expected = names.map((name) => name.toLowerCase()).toSorted();
          const padded = names.map((name, index) => {
            const [before = '', after = ''] = blanks[index % 8] ?? [];
            return `${before}${name.toUpperCase()}${after}`;
          });
          expect(varyNames(undefined, [...padded, '', ...names.toReversed()])).toEqual(expected);
          expect(varyNames(names.join(','), padded.join(','))).toEqual([]);
          expect(varyNames(undefined, [...padded, '*'].toReversed().join(','))).toBe('*');
        },
      ),
    );
  });
});

describe('normalizeField', () => {
  it.each<[string, string, string | string[] | undefined, string]>([
    ['RFC 9111 4.1: outer whitespace', 'x-a', '  b \t', 'b'],
    ['RFC 9111 4.1: lines are combined', 'x-a', ['b', 'c'], 'b, c'],
    ['RFC 9111 4.1: absent', 'x-a', undefined, ''],
    [
      'RFC 9111 4.1: whitespace around commas',
      'accept-language',
      'en ,\tde;  q=0.5',
      'en,de;q=0.5',
    ],
    ['RFC 9111 4.1: lines and one line', 'accept-language', ['en', 'de'], 'en,de'],
    ['RFC 9110 12.5.4: languages in any case', 'accept-language', 'EN-us', 'en-us'],
    ['RFC 9110 12.5.3: codings in any case', 'accept-encoding', 'GZIP, br', 'gzip,br'],
    [
      'RFC 9110 12.5.1: quoted parameters stay',
      'accept',
      'Text/HTML;p="A , B"',
      'text/html;p="A , B"',
    ],
    ['RFC 9110 12.5.1: an open quote stays as it is', 'accept', 'a/b;p="A , B', 'a/b;p="A , B'],
    ['RFC 9111 4.1: other fields keep their case', 'x-tenant', 'Shop', 'Shop'],
    ['RFC 9111 4.1: other fields keep inner blanks', 'user-agent', 'A (B, c)', 'A (B, c)'],
  ])('%s', (_, name, value, expected) => {
    expect(normalizeField(name, value)).toBe(expected);
  });

  it('reads a long field in time', () => {
    const startedAt = performance.now();
    const field = `a${' '.repeat(200_000)}b`;
    expect(normalizeField('accept', field)).toBe(field);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('is the same for what is normalized already', () => {
    const nasty = string({
      unit: constantFrom('"', ',', ' ', ';', 'A', '\\', '\t'),
      maxLength: 20,
    });
    assert(
      property(nasty, (value) => {
        const once = normalizeField('accept', value);
        expect(normalizeField('accept', once)).toBe(once);
      }),
    );
  });
});

describe('variantKey', () => {
  it('RFC 9111 4.1: an absent field does not match an empty one', () => {
    expect(variantKey('k', ['a'], {})).not.toBe(variantKey('k', ['a'], { a: '' }));
    expect(variantKey('k', ['a'], {})).toBe(variantKey('k', ['a'], { b: 'x' }));
  });

  it('RFC 9111 4.1: fields that mean the same match', () => {
    const names = ['accept-language'];
    expect(variantKey('k', names, { 'accept-language': 'EN ,de' })).toBe(
      variantKey('k', names, { 'accept-language': ['en', 'de'] }),
    );
  });

  it('never lets one value pose as two', () => {
    const text = string({ unit: constantFrom('"', ',', '[', ']', 'a', '\\', ':'), maxLength: 5 });
    assert(
      property(tuple(text, text, text), tuple(text, text, text), ([k, a, b], [l, c, d]) => {
        const isSame = k === l && a === c && b === d;
        const first = variantKey(k, ['x', 'y'], { x: a, y: b });
        return isSame === (first === variantKey(l, ['x', 'y'], { x: c, y: d }));
      }),
    );
  });
});
