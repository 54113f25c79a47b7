import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyScope } from './key-scope.js';

const root = new KeyScope('c');
const scopeOf = (path: readonly string[]): KeyScope =>
  path.reduce((scope, name) => scope.inside(name), root);

describe('KeyScope', () => {
  it('leaves the keys of the cache itself as they are, but for the mark', () => {
    expect(root.stored('user:1/a%')).toBe('user:1/a%');
    expect(root.stored('~user')).toBe('~~user');
  });

  it('shows the namespace in the stored key', () => {
    expect(scopeOf(['tenant-7', 'reports']).stored('2024')).toBe('~tenant-7/reports~2024');
  });

  it('names the generations of all that it lies in', () => {
    expect(root.generations).toEqual(['cache:c']);
    const scope = scopeOf(['a', 'b/c']);
    expect(scope.generations).toEqual(['cache:c', 'namespace:c:a', 'namespace:c:a/b%2fc']);
    expect(scope.ownGeneration).toBe('namespace:c:a/b%2fc');
  });

  it.each([[''], ['x'.repeat(501)], [undefined as unknown as string]])(
    'refuses the name %p',
    (name) => {
      expect(() => root.inside(name)).toThrow(/namespace/);
    },
  );

  it('never stores two keys under one name, nor two namespaces under one generation', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '~', '/', '%', '2', 'f'), minLength: 1 });
    const place = fc.tuple(fc.array(text, { maxLength: 3 }), text);
    fc.assert(
      fc.property(place, place, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        const [a, b] = [scopeOf(one[0]), scopeOf(other[0])];
        expect(a.stored(one[1]) === b.stored(other[1])).toBe(isSame);
        const isSamePath = JSON.stringify(one[0]) === JSON.stringify(other[0]);
        expect(a.ownGeneration === b.ownGeneration).toBe(isSamePath);
      }),
      { numRuns: 2000 },
    );
  });
});
