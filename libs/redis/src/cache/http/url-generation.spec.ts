import { describe, expect, it } from '@jest/globals';
import { changedGenerations, urlGeneration } from './url-generation.js';

describe('urlGeneration', () => {
  it.each([
    ['a query', '/items/1?page=2'],
    ['a slash at the end', '/items/1/'],
    ['other letters', '/Items/1'],
    ['RFC 9112 3.2.2: a whole URL', 'http://shop.example:8080/items/1?x'],
  ])('is one for a path and for it with %s', (_, target) => {
    expect(urlGeneration(target)).toBe(urlGeneration('/items/1'));
  });

  it('takes an encoded path for the plain one, and leaves one that does not decode', () => {
    expect(urlGeneration('/caf%C3%A9')).toBe(urlGeneration('/café'));
    expect(urlGeneration('/%E0%A4%A')).toBe('path:/%e0%a4%a');
  });

  it('tells paths apart, also long ones', () => {
    const long = `/${'x'.repeat(500)}`;
    expect(urlGeneration('/items/1')).not.toBe(urlGeneration('/items/2'));
    expect(urlGeneration(`${long}1`)).not.toBe(urlGeneration(`${long}2`));
    expect(urlGeneration(`${long}1`).length).toBeLessThan(60);
  });
});

describe('changedGenerations', () => {
  const changed = (location?: string, contentLocation?: string): string[] =>
    changedGenerations({
      origin: 'https://shop.example',
      target: '/orders?x=1',
      location,
      contentLocation,
    });

  it.each([
    ['RFC 9111 4.4: the target', undefined, ['path:/orders']],
    ['RFC 9111 4.4: Location', '/orders/7', ['path:/orders', 'path:/orders/7']],
    ['a relative one', '7', ['path:/orders', 'path:/7']],
    ['a whole one of the same origin', 'https://shop.example/a', ['path:/orders', 'path:/a']],
    ['RFC 9111 4.4: none of another origin', 'https://evil.example/a', ['path:/orders']],
    ['none of another scheme', 'http://shop.example/a', ['path:/orders']],
    ['none that is no URL', 'http://[', ['path:/orders']],
  ])('%s', (_, location, expected) => {
    expect(changed(location)).toEqual(expected);
  });

  it('Content-Location counts as Location does', () => {
    expect(changed('/a', '/b')).toEqual(['path:/orders', 'path:/a', 'path:/b']);
  });
});
