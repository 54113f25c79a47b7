import { describe, expect, it } from '@jest/globals';
import { isLongEnough, notModifiedAs, representationOf, wantedCoding } from './representation.js';
import type { HeaderList, StoredAnswer } from './stored-response.js';

const policy = { encodings: ['br', 'gzip'] as const, encodingThreshold: 10 };
const off = { encodings: [], encodingThreshold: 10 };
const HEADERS: HeaderList = [
  ['content-type', 'application/json'],
  ['etag', '"abc"'],
];
const body = Buffer.from('[1,2,3,4,5,6,7,8,9]');
const br = Buffer.from('b');
const gzip = Buffer.from('gz');
const NO_USE = Buffer.alloc(0);

function answer(
  encoded: StoredAnswer['encoded'] = {},
  headers: HeaderList = HEADERS,
): StoredAnswer {
  const meta = {
    lifetimeMs: 0,
    initialAgeMs: 0,
    mustRevalidate: false,
    noCache: false,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    vary: [],
  };
  return { kind: 'answer', status: 200, headers, body, meta, downstream: undefined, encoded };
}

const fields = (headers: HeaderList): Record<string, unknown> => Object.fromEntries(headers);

describe('the representation that a client gets', () => {
  it('is the one as stored, by the same objects, on a route without encodings', () => {
    const stored = answer({ br });
    const representation = representationOf(stored, 'br', off);
    expect(representation).toEqual({ coding: 'identity', headers: HEADERS, body });
    expect(representation.headers).toBe(stored.headers);
  });

  it('has the coding, a tag of its own and Vary', () => {
    const representation = representationOf(answer({ br, gzip }), 'gzip, br', policy);
    expect(representation.body).toBe(br);
    expect(fields(representation.headers)).toEqual({
      'content-type': 'application/json',
      etag: '"abc-br"',
      vary: 'Accept-Encoding',
      'content-encoding': 'br',
    });
  });

  it('says Vary and keeps its tag without a coding (RFC 9110 section 12.5.5)', () => {
    const { headers } = representationOf(answer({ br }), undefined, policy);
    expect(fields(headers)).toEqual({ ...fields(HEADERS), vary: 'Accept-Encoding' });
  });

  it.each([
    [{}, 'br, gzip', 'identity'],
    [{ gzip }, 'br, gzip', 'gzip'],
    [{ br: NO_USE, gzip }, 'br, gzip', 'gzip'],
    [{ br: NO_USE, gzip: NO_USE }, 'br, gzip', 'identity'],
    [{ br, gzip }, 'gzip, br;q=0.5', 'gzip'],
    [{ br }, 'identity', 'identity'],
    [{ br }, ['gzip', 'br'], 'br'],
  ] as const)('of %j for %j is %s', (encoded, accept, coding) => {
    expect(representationOf(answer(encoded), accept, policy).coding).toBe(coding);
  });

  it('is made once per answer', () => {
    const stored = answer({ br });
    expect(representationOf(stored, 'br', policy)).toBe(representationOf(stored, 'br', policy));
    expect(representationOf(stored, 'br', policy)).not.toBe(representationOf(stored, '', policy));
  });

  it.each([
    ['a weak tag stays weak', 'etag', 'W/"abc"', 'W/"abc-br"'],
    ['Vary is added to others', 'vary', 'Origin', 'Origin, Accept-Encoding'],
    ['Vary is not said twice', 'vary', 'accept-encoding, Origin', 'accept-encoding, Origin'],
    [
      'Vary of several lines is one list',
      'vary',
      ['Origin', 'X-A'],
      'Origin, X-A, Accept-Encoding',
    ],
  ] as const)('%s', (_, name, stored, sent) => {
    const headers = [
      ['content-type', 'text/html'],
      [name, stored],
    ] as const;
    const representation = representationOf(answer({ br }, headers), 'br', policy);
    expect(fields(representation.headers)[name]).toBe(sent);
  });

  it('ignores codings of an answer that may not be encoded any more', () => {
    const headers = [...HEADERS, ['cache-control', 'no-transform']] as const;
    const representation = representationOf(answer({ br }, headers), 'br', policy);
    expect(representation).toEqual({ coding: 'identity', headers, body });
  });

  it('is below the threshold as stored', () => {
    const { headers } = representationOf(answer({ br }), 'br', {
      ...policy,
      encodingThreshold: 20,
    });
    expect(headers).toBe(HEADERS);
    const atIt = { ...policy, encodingThreshold: body.length };
    expect(representationOf(answer({ br }), 'br', atIt).coding).toBe('br');
  });
});

describe('the coding that is wanted', () => {
  it.each([
    [{}, 'br, gzip', 'br'],
    [{ gzip }, 'br, gzip', 'br'],
    [{ br }, 'br, gzip', undefined],
    [{ br }, 'gzip', 'gzip'],
    [{ br: NO_USE }, 'br, gzip', 'gzip'],
    [{ br: NO_USE, gzip: NO_USE }, 'br, gzip', undefined],
    [{}, 'identity', undefined],
    [{}, undefined, undefined],
  ] as const)('of %j for %j is %s', (encoded, accept, coding) => {
    expect(wantedCoding(answer(encoded), accept, policy)?.coding).toBe(coding);
  });

  it('is none on a route without encodings', () => {
    expect(wantedCoding(answer(), 'br', off)).toBeUndefined();
  });
});

describe('If-None-Match by RFC 9110 section 13.1.2', () => {
  it.each([
    // What is made, the tag of the client, that of the 304.
    ['the coding that would be sent', { br }, '"abc-br"', '"abc-br"'],
    ['weakly', { br }, 'W/"abc-br"', '"abc-br"'],
    ['one of a list', { br }, '"x", "abc-br"', '"abc-br"'],
    ['not the bytes as they are, where br would be sent', { br }, '"abc"', undefined],
    ['not another coding', { br }, '"abc-gzip"', undefined],
    ['the bytes as they are, while br is not made', {}, '"abc"', '"abc"'],
    ['the coding that is not made again yet', {}, '"abc-br"', '"abc-br"'],
    ['gzip, where br is no use', { br: NO_USE, gzip }, '"abc-gzip"', '"abc-gzip"'],
    [
      'the bytes as they are, where no coding is of use',
      { br: NO_USE, gzip: NO_USE },
      '"abc"',
      '"abc"',
    ],
    ['not a coding that is no use', { br: NO_USE, gzip: NO_USE }, '"abc-br"', undefined],
  ] as const)('matches %s', (_, encoded, noneMatch, etag) => {
    const headers = { 'if-none-match': noneMatch, 'accept-encoding': 'gzip, br' };
    const had = notModifiedAs(headers, answer(encoded), policy);
    expect(had && fields(had).etag).toBe(etag);
    if (had) expect(fields(had).vary).toBe('Accept-Encoding');
  });

  it('knows no coded tag of a client that does not accept the coding', () => {
    const headers = { 'if-none-match': '"abc-br"' };
    expect(notModifiedAs(headers, answer({ br }), policy)).toBeUndefined();
  });
});

describe('a body is long enough', () => {
  it.each([
    [10, policy, true],
    [9, policy, false],
    [undefined, policy, true],
    [0, { ...policy, encodingThreshold: 0 }, false],
    [10, off, false],
  ] as const)('%s under %j: %s', (length, rules, expected) => {
    expect(isLongEnough(length, rules)).toBe(expected);
  });
});
