import { describe, expect, it } from '@jest/globals';
import { randomText } from './random-text.js';

describe('randomText', () => {
  it.each([
    [6, 8],
    [24, 32],
    [32, 43],
  ])(
    'of %i bytes has %i characters, none comes twice, beyond what is drawn at a time',
    (bytes, length) => {
      const texts = Array.from({ length: 2000 }, () => randomText(bytes));
      expect(new Set(texts).size).toBe(2000);
      for (const text of texts) expect(text).toMatch(/^[\w-]+$/);
      expect(new Set(texts.map((text) => text.length))).toEqual(new Set([length]));
    },
  );

  it('has no position that does not vary', () => {
    const texts = Array.from({ length: 1000 }, () => randomText(24));
    for (let at = 0; at < 32; at++)
      expect(new Set(texts.map((text) => text[at])).size).toBeGreaterThan(40);
  });
});
