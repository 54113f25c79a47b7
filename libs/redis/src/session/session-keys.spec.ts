import { describe, expect, it } from '@jest/globals';
import { escapeGlob } from './session-keys.js';

describe('escapeGlob', () => {
  it.each([
    ['sess:', 'sess:'],
    ['a*b:', 'a\\*b:'],
    ['[x]?', '\\[x\\]\\?'],
    ['back\\slash', 'back\\\\slash'],
  ])('makes of %s the pattern %s', (text, pattern) => {
    expect(escapeGlob(text)).toBe(pattern);
  });
});
