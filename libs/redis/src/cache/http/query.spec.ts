import { describe, expect, it } from '@jest/globals';
import { assert, array, constantFrom, oneof, property, string, tuple } from 'fast-check';
import { queryKey, type QueryRule } from './query.js';

describe('queryKey', () => {
  it.each<[string, string, QueryRule, string]>([
    ['nothing', '', 'all', ''],
    ['names in order', 'b=2&a=1', 'all', 'a=1&b=2'],
    ['values of one name keep their order', 'a=2&b=0&a=1', 'all', 'a=2&a=1&b=0'],
    ['a and a[] are one name', 'a[]=2&a=1', 'all', 'a[]=2&a=1'],
    ['an encoded bracket', 'b=1&a%5B%5D=2&a=1', 'all', 'a%5B%5D=2&a=1&b=1'],
    ['empty parts', '&b&&a=&', 'all', 'a=&b'],
    ['a value with an equals sign', 'a=b=c', 'all', 'a=b=c'],
    ['what does not decode', 'b=1&%zz=2', 'all', '%zz=2&b=1'],
    ['allowed names', 'c=3&a=1&b=2', { allow: ['a', 'c'] }, 'a=1&c=3'],
    ['no names allowed', 'a=1', { allow: [] }, ''],
    ['an allowed prefix', 'filter_x=1&filter=2&q=3', { allow: ['filter_*'] }, 'filter_x=1'],
    ['an allowed list', 'a[]=1&a[x]=2&ab=3', { allow: ['a'] }, 'a[]=1&a[x]=2'],
    ['ignored names', 'a=1&fbclid=2', { ignore: ['fbclid'] }, 'a=1'],
    ['several ignored names', 'b=1&c=2&a=3', { ignore: ['a', 'c'] }, 'b=1'],
    ['an ignored prefix', 'utm_source=x&utm=y&a=1', { ignore: ['utm_*'] }, 'a=1&utm=y'],
    ['an ignored name that is encoded', 'utm%5Fsource=x&a=1', { ignore: ['utm_*'] }, 'a=1'],
    ['everything ignored', 'a=1', { ignore: ['*'] }, ''],
    ['names differ by case', 'A=1', { allow: ['a'] }, ''],
    ['a star inside is a letter', 'a*b=1&axb=2', { allow: ['a*b'] }, 'a*b=1'],
  ])('%s', (_, query, rule, expected) => {
    expect(queryKey(query, rule)).toBe(expected);
  });

  const parameter = tuple(
    string({ unit: constantFrom('a', 'b', '[', ']', '%', '5', 'B'), minLength: 1, maxLength: 4 }),
    string({ unit: constantFrom('1', '=', '%', '+', 'é'), maxLength: 3 }),
  ).map(([name, value]) => `${name}=${value}`);

  it('keeps each part as it came, so that nothing poses as something else', () => {
    assert(
      property(array(parameter), (parts) => {
        const key = queryKey(parts.join('&'), 'all');
        expect(key.split('&').filter(Boolean).toSorted()).toEqual(parts.toSorted());
        expect(queryKey(key, 'all')).toBe(key);
      }),
    );
  });

  it('never throws', () => {
    assert(
      property(oneof(string(), parameter), (query) => typeof queryKey(query, 'all') === 'string'),
    );
  });
});
