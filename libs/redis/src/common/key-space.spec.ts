import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CacheKeySpace, escapeGlob, hashTag } from './key-space.js';

describe('hashTag', () => {
  it('never gives two texts the same result', () => {
    const texts = fc.oneof(
      fc.string({ unit: fc.constantFrom('{', '}', '%', '7', 'b', 'a', ':') }),
      fc.string(),
    );
    fc.assert(fc.property(texts, texts, (a, b) => (a === b) === (hashTag(a) === hashTag(b))));
  });

  it('holds one non-empty tag, so that every key of one text lies in one slot', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 2000 }), (text) =>
        /^\{[^{}]+\}$/s.test(hashTag(text)),
      ),
    );
  });

  it('keeps ordinary keys readable', () => {
    expect(hashTag('product:42')).toBe('{product:42}');
  });

  it('cannot be brought to collide with the hash of a long key', () => {
    const long = 'x'.repeat(600);
    const crafted = hashTag(long).slice(1, -1);
    expect(hashTag(crafted)).not.toBe(hashTag(long));
  });
});

describe('CacheKeySpace', () => {
  it('puts an entry and its lease into one slot', () => {
    const keys = new CacheKeySpace('cache:');
    expect(keys.entry('default', 'a}b')).toBe('cache:entry:default:{a%7db}');
    expect(keys.lease('default', 'a}b')).toBe('cache:lease:default:{a%7db}');
  });
});

describe('escapeGlob', () => {
  it('escapes what SCAN reads as a pattern', () => {
    expect(escapeGlob('a*b?[c]\\^')).toBe('a\\*b\\?\\[c\\]\\\\\\^');
  });
});
