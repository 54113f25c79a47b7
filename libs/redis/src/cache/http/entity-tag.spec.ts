import { describe, expect, it } from '@jest/globals';
import { assert, property, uint8Array } from 'fast-check';
import { encodedEntityTag, strongEntityTag } from './entity-tag.js';

describe('entity tags', () => {
  it('RFC 9110 8.8.3: a strong tag is opaque text in quotes, the same for the same bytes', () => {
    assert(
      property(uint8Array(), (bytes) => {
        const tag = strongEntityTag(bytes);
        expect(tag).toMatch(/^"[\w-]{27}"$/);
        expect(strongEntityTag(Buffer.from(bytes))).toBe(tag);
        expect(strongEntityTag(Buffer.concat([bytes, Buffer.of(0)]))).not.toBe(tag);
      }),
    );
  });

  it.each([
    ['RFC 9110 8.8.3.3: one for each coding', encodedEntityTag('"abc"', 'br'), '"abc-br"'],
    ['RFC 9110 8.8.3.3: weak for each coding', encodedEntityTag('W/"abc"', 'gzip'), 'W/"abc-gzip"'],
    ['RFC 9110 8.8.3: the empty tag', encodedEntityTag('""', 'br'), '"-br"'],
  ])('%s', (_, tag, expected) => {
    expect(tag).toBe(expected);
  });
});
