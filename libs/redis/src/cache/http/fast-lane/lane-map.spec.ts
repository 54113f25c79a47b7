import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../../entry.js';
import type { StoredResponse } from '../stored-response.js';
import { LaneMap } from './lane-map.js';
import { LaneSlot } from './lane-slot.js';

const entry: Entry<StoredResponse> = {
  value: { kind: 'variants', vary: [] },
  createdAt: 0,
  freshUntil: 1,
  expiresAt: 1,
  generations: [],
  bytes: 0,
};
const slot = (key = 'key'): LaneSlot =>
  new LaneSlot({
    primary: key,
    key,
    entry,
    handler: 'A.b',
    showsKey: false,
    ignoresDirectives: false,
  });

describe('LaneMap', () => {
  it('finds a slot by its key, and variants by their headers', () => {
    const map = new LaneMap(10);
    const plain = slot();
    map.slot('/plain', [], {}).put(plain);
    const names = map.widen('/kinds', ['x-kind']);
    const ofA = slot();
    map.slot('/kinds', names, { 'x-kind': 'a' }).put(ofA);
    expect(map.find('/plain', { 'x-kind': 'b' })).toBe(plain);
    expect(map.find('/kinds', { 'x-kind': 'a' })).toBe(ofA);
    expect(map.find('/kinds', { 'x-kind': 'b' })).toBeUndefined();
    expect(map.find('/kinds', {})).toBeUndefined();
  });

  it('asks for all headers that any answer named, and forgets what was learned by fewer', () => {
    const map = new LaneMap(10);
    map.slot('/a', map.widen('/a', []), {}).put(slot());
    expect(map.widen('/a', ['x-b'])).toEqual(['x-b']);
    expect(map.find('/a', {})).toBeUndefined();
    expect(map.widen('/a', ['x-a'])).toEqual(['x-a', 'x-b']);
    expect(map.widen('/a', [])).toEqual(['x-a', 'x-b']);
  });

  it('keeps at most so many slots, those used last', () => {
    const map = new LaneMap(2);
    for (const key of ['/1', '/2']) map.slot(key, [], {}).put(slot());
    map.find('/1', {});
    map.slot('/3', [], {}).put(slot());
    expect(['/1', '/2', '/3'].map((key) => map.find(key, {}) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('keeps at most 32 MiB, keys counted in', () => {
    const map = new LaneMap(1e6);
    const long = 'k'.repeat(1e6);
    for (let n = 0; n < 40; n += 1) map.slot(`/${n}`, [], {}).put(slot(long));
    expect(map.size).toBeGreaterThan(10);
    expect(map.size).toBeLessThan(17);
  });
});
