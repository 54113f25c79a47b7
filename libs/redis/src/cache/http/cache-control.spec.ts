import { describe, expect, it } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { lifetimeMs, parseCacheControl } from './cache-control.js';

describe('parseCacheControl (RFC 9111 section 5.2)', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    ['no-store', { 'no-store': true }],
    ['max-age=60, public', { 'max-age': '60', public: true }],
    ['Max-Age=60', { 'max-age': '60' }],
    ['max-age="60"', { 'max-age': '60' }],
    ['no-cache="Set-Cookie, X-A", max-age=5', { 'no-cache': 'Set-Cookie, X-A', 'max-age': '5' }],
    ['private="a\\"b", no-store', { private: 'a"b', 'no-store': true }],
    ['max-age=1, max-age=2', { 'max-age': '1' }],
    [' ,, no-cache ,', { 'no-cache': true }],
    ['extension=value;other, no-store', { 'no-store': true }],
  ])('reads %p', (field, expected) => {
    expect(Object.fromEntries(parseCacheControl(field))).toMatchObject(expected);
  });

  it('does not find a directive inside a quoted string', () => {
    expect(parseCacheControl('ext="no-store, private"').has('no-store')).toBe(false);
  });

  it('never throws', () => {
    assert(property(string(), (field) => parseCacheControl(field).size >= 0));
  });
});

describe('lifetimeMs (RFC 9111 section 4.2.1)', () => {
  it.each([
    ['public', undefined],
    ['max-age=60', 60_000],
    ['max-age=60, s-maxage=10', 10_000],
    ['s-maxage=0, max-age=60', 0],
    ['max-age=-1', 0],
    ['max-age=1.5', 0],
    ['max-age', 0],
    ['max-age=abc', 0],
  ])('of %p is %p', (field, expected) => {
    expect(lifetimeMs(parseCacheControl(field))).toBe(expected);
  });
});
