import { describe, expect, it } from '@jest/globals';
import { safeReturnTo } from './return-to.js';

describe('safeReturnTo', () => {
  it.each(['/', '/cart', '/cart?tab=1&x=%2F#top', '/a//b'])('keeps the path %s', (path) => {
    expect(safeReturnTo(path)).toBe(path);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    'javascript:alert(1)',
    'cart',
    '',
    undefined,
    ['/cart'],
  ])('refuses %p', (target) => {
    expect(safeReturnTo(target, '/home')).toBe('/home');
  });
});
