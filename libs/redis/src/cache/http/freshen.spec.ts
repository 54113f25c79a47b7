import { describe, expect, it } from '@jest/globals';
import { freshenHeaders, identifies } from './freshen.js';
import type { HeaderList } from './stored-response.js';

const list = (headers: Readonly<Record<string, string | string[]>>): HeaderList =>
  Object.entries(headers);

describe('freshenHeaders', () => {
  it.each([
    ['RFC 9111 3.2: a field is replaced', { 'x-a': '1' }, { 'x-a': '2' }, { 'x-a': '2' }],
    ['RFC 9111 3.2: all lines of it', { 'x-a': ['1', '2'] }, { 'x-a': '3' }, { 'x-a': '3' }],
    ['RFC 9111 3.2: a field is added', { 'x-a': '1' }, { 'x-b': '2' }, { 'x-a': '1', 'x-b': '2' }],
    [
      'RFC 9111 3.2: other fields stay',
      { 'x-a': '1', 'x-b': '1' },
      { 'x-b': '2' },
      { 'x-a': '1', 'x-b': '2' },
    ],
    [
      'RFC 9111 4.3.4: freshness is renewed',
      { 'cache-control': 'max-age=1', date: 'a', expires: 'b' },
      { 'cache-control': 'max-age=9', date: 'c', expires: 'd' },
      { 'cache-control': 'max-age=9', date: 'c', expires: 'd' },
    ],
    [
      'RFC 9111 3.2: Content-Type is a field like others',
      { 'content-type': 'a/a' },
      { 'content-type': 'b/b' },
      { 'content-type': 'b/b' },
    ],
    [
      'RFC 9111 3.2: Content-Length stays',
      { 'content-length': '5' },
      { 'content-length': '0' },
      { 'content-length': '5' },
    ],
    [
      'RFC 9111 3.2: Content-Encoding describes the stored bytes',
      { 'content-encoding': 'br' },
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'br' },
    ],
    ['RFC 9111 3.2: Content-Range is not added', {}, { 'content-range': 'bytes 0-1/2' }, {}],
    [
      'RFC 9111 3.1: Connection and what it names',
      {},
      { connection: 'close, X-Hop', 'x-hop': '1' },
      {},
    ],
    ['RFC 9111 3.1: lines of Connection', {}, { connection: ['close', 'x-hop'], 'x-hop': '1' }, {}],
    [
      'RFC 9110 7.6.1: fields of one connection',
      {},
      { 'keep-alive': '1', te: '1', 'transfer-encoding': 'chunked', upgrade: 'x' },
      {},
    ],
    [
      'RFC 9111 3.1: fields of a proxy',
      {},
      { 'proxy-authenticate': 'x', 'proxy-authentication-info': 'y', 'proxy-authorization': 'z' },
      {},
    ],
    ['cookies of one visitor', {}, { 'set-cookie': ['a=1'] }, {}],
    ['RFC 9111 4.2.3: Age is reckoned anew', {}, { age: '5' }, {}],
    ['a stored ETag is not weakened', { etag: '"a"' }, { etag: 'W/"a"' }, { etag: '"a"' }],
    ['RFC 9111 3.2: an ETag is added', {}, { etag: '"a"' }, { etag: '"a"' }],
  ])('%s', (_, stored, update, expected) => {
    expect(Object.fromEntries(freshenHeaders(list(stored), list(update)))).toEqual(expected);
  });
});

describe('identifies', () => {
  it.each([
    ['a strong tag that is the same', { etag: '"a"' }, { etag: '"a"' }, true],
    ['a strong tag that is another', { etag: '"b"' }, { etag: '"a"' }, false],
    ['a strong tag, and a weak one stored', { etag: '"a"' }, { etag: 'W/"a"' }, false],
    ['a strong tag, and none stored', { etag: '"a"' }, {}, false],
    [
      'a strong tag that is another, with the same date',
      { etag: '"b"', 'last-modified': 'x' },
      { etag: '"a"', 'last-modified': 'x' },
      false,
    ],
    ['a weak tag that is the same', { etag: 'W/"a"' }, { etag: 'W/"a"' }, true],
    ['a weak tag of a strong one', { etag: 'W/"a"' }, { etag: '"a"' }, true],
    ['a weak tag that is another', { etag: 'W/"b"' }, { etag: 'W/"a"' }, false],
    [
      'a date that is the same',
      { 'last-modified': 'x' },
      { etag: '"a"', 'last-modified': 'x' },
      true,
    ],
    ['a date that is another', { 'last-modified': 'y' }, { 'last-modified': 'x' }, false],
    ['no validator on both sides', {}, {}, true],
    ['no validator, and a stored tag', {}, { etag: '"a"' }, false],
    ['no validator, and a stored date', {}, { 'last-modified': 'x' }, false],
  ])('RFC 9111 4.3.4: %s', (_, update, stored, expected) => {
    expect(
      identifies(list(update as Record<string, string>), list(stored as Record<string, string>)),
    ).toBe(expected);
  });
});
