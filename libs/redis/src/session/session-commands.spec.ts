import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { besideKey } from './session-commands.js';

const slotOf = createRequire(import.meta.url)('cluster-key-slot') as (key: string) => number;

describe('a key beside a session', () => {
  it.each([
    ['sess:abc', ''],
    ['sess:abc', 'app:'],
    ['sess:abc', '{app}:'],
    ['{shop}:sess:abc', ''],
    ['{shop}:sess:abc', 'app:'],
  ])('lies in the slot of the session: %s behind "%s"', (key, keyPrefix) => {
    expect(slotOf(keyPrefix + besideKey('ended', key, keyPrefix))).toBe(slotOf(keyPrefix + key));
  });

  it('does not look like a session', () => {
    expect(besideKey('ended', 'sess:abc')).not.toMatch(/^sess:/);
  });
});
