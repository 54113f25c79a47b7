import { describe, expect, it } from '@jest/globals';
import { newSessionId } from './session-id.js';

describe('a new session id', () => {
  it('has 192 bits, and none comes twice, also beyond what is drawn at a time', () => {
    const ids = Array.from({ length: 1000 }, newSessionId);
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[\w-]{32}$/);
  });

  it('has no position that does not vary', () => {
    const ids = Array.from({ length: 1000 }, newSessionId);
    for (let at = 0; at < 32; at++) {
      expect(new Set(ids.map((id) => id[at])).size).toBeGreaterThan(40);
    }
  });
});
