import { describe, expect, it } from '@jest/globals';
import { evictionWarning } from './eviction.js';

describe('evictionWarning', () => {
  const memory = (limit: number, policy: string): string =>
    `# Memory\r\nused_memory:1\r\nmaxmemory:${limit}\r\nmaxmemory_policy:${policy}\r\n`;

  it.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])('warns of %s', (policy) => {
    expect(evictionWarning('orders', memory(1000, policy))).toMatch(
      new RegExp(`orders.*${policy}.*volatile-lru`),
    );
  });

  it.each([memory(1000, 'volatile-lru'), memory(1000, 'noeviction'), memory(0, 'allkeys-lru'), ''])(
    'says nothing of %p',
    (info) => {
      expect(evictionWarning('orders', info)).toBeUndefined();
    },
  );
});
