import { describe, expect, it } from '@jest/globals';
import { networkOf } from './session-risks.js';

describe('the network of an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.250'],
    ['::ffff:203.0.113.7', '203.0.113.8'],
    ['2001:db8:1:2::3', '2001:db8:1:ffff:1:2:3:4'],
    ['2001:db8::1', '2001:db8:0:7::1'],
    [undefined, undefined],
  ])('is the same for %s and %s', (one, other) => {
    expect(networkOf(one)).toBe(networkOf(other));
  });

  it.each([
    ['203.0.113.7', '203.0.114.7'],
    ['2001:db8:1::1', '2001:db8:2::1'],
    ['203.0.113.7', '2001:db8::1'],
  ])('differs for %s and %s', (one, other) => {
    expect(networkOf(one)).not.toBe(networkOf(other));
  });
});
