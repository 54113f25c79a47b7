import { describe, expect, it } from '@jest/globals';
import { agreement, valueOf, type WireField, type WireHead } from './wire-head.js';

const head = (...fields: WireField[]): WireHead => ({ status: 200, fields });
const rules = { own: new Set<string>(), moving: new Set<string>() };
const same: WireField = ['X-Same', 'same'];

describe('agreement', () => {
  it.each<[string, WireField, WireField | undefined, string[]]>([
    ['a value that differs', ['X-Count', '1'], ['X-Count', '2'], ['x-count']],
    ['a field that only the first has', ['X-Count', '1'], undefined, ['x-count']],
    ['a line more', ['X-Line', ['a']], ['X-Line', ['a', 'b']], ['x-line']],
    ['a cookie, though equal', ['Set-Cookie', 'a=1'], ['Set-Cookie', 'a=1'], []],
    ['a request id, though equal', ['X-Request-Id', '1'], ['X-Request-Id', '1'], []],
    ['the trace of a cloud, though equal', ['X-Amzn-Trace-Id', '1'], ['X-Amzn-Trace-Id', '1'], []],
    ['a limit, though equal', ['RateLimit-Policy', '1'], ['RateLimit-Policy', '1'], []],
    ['a limit of old, though equal', ['X-RateLimit-Reset', '1'], ['X-RateLimit-Reset', '1'], []],
  ])('leaves out %s', (_, first, second, moving) => {
    const agreed = agreement(head(first, same), head(...(second ? [second] : []), same), rules);
    expect(agreed).toEqual({ kind: 'agreed', head: head(same), moving });
  });

  it('leaves out a field that is new in the second', () => {
    const agreed = agreement(head(same), head(same, ['X-New', '1']), rules);
    expect(agreed).toEqual({ kind: 'agreed', head: head(same), moving: ['x-new'] });
  });

  it('leaves out what other answers differed in', () => {
    const agreed = agreement(head(same), head(same), { ...rules, moving: new Set(['x-same']) });
    expect(agreed).toEqual({ kind: 'agreed', head: head(), moving: [] });
  });

  it('keeps fields of the stored answer, whatever their names', () => {
    const field: WireField = ['X-Request-Id', 'of the article'];
    const own = { own: new Set(['x-request-id']), moving: new Set(['x-request-id']) };
    expect(agreement(head(field), head(field), own)).toMatchObject({ head: head(field) });
  });

  it('keeps names in their case and order, and lines apart', () => {
    const fields: WireField[] = [
      ['X-B', ['1', '2']],
      ['x-a', '3'],
    ];
    expect(agreement(head(...fields), head(...fields), rules)).toMatchObject({
      head: { fields },
    });
  });

  it('keeps the place of what is made anew for each answer', () => {
    const second = head(['Age', '2'], ['Cache-Status', 'b']);
    const agreed = agreement(head(['Age', '1'], ['Cache-Status', 'a']), second, rules);
    expect(agreed).toMatchObject({ kind: 'agreed', head: second, moving: [] });
  });

  it.each<[string, WireField, WireField | undefined]>([
    ['a policy that differs', ['Content-Security-Policy', 'a'], ['Content-Security-Policy', 'b']],
    ['a policy that is gone', ['X-Frame-Options', 'DENY'], undefined],
    ['who may read it', ['Access-Control-Allow-Origin', 'a'], ['Access-Control-Allow-Origin', 'b']],
    ['another tag', ['ETag', '"a"'], ['ETag', '"b"']],
    ['another language', ['Content-Language', 'de'], ['Content-Language', 'en']],
    ['another Vary', ['Vary', 'a'], ['Vary', 'b']],
    ['a protocol field, though equal', ['Connection', 'close'], ['Connection', 'close']],
    ['a protocol field that is gone', ['Trailer', 'a'], undefined],
  ])('refuses an answer with %s', (_, first, second) => {
    const agreed = agreement(head(first), head(...(second ? [second] : [])), rules);
    expect(agreed).toEqual({ kind: 'refused', name: first[0].toLowerCase() });
  });

  it('refuses a policy that only the second has', () => {
    const agreed = agreement(head(), head(['Referrer-Policy', 'no-referrer']), rules);
    expect(agreed).toEqual({ kind: 'refused', name: 'referrer-policy' });
  });
});

describe('valueOf', () => {
  it('finds a field in any case', () => {
    expect(valueOf(head(['X-Cache', 'HIT']), 'x-cache')).toBe('HIT');
    expect(valueOf(head(), 'x-cache')).toBeUndefined();
  });
});
