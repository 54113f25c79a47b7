import { describe, expect, it } from '@jest/globals';
import { judgeHealth, type ServerHealth, type UseHealth } from './judge-health.js';

const fine: ServerHealth = {
  address: 'here:1',
  latencyMs: 1,
  error: undefined,
  role: 'master',
  replicas: 1,
  usedBytes: 50,
  maxBytes: 100,
  policy: 'noeviction',
};
const dead: ServerHealth = { ...fine, latencyMs: undefined, error: 'no answer', role: undefined };
const full: ServerHealth = { ...fine, usedBytes: 100 };

const cache = (...servers: ServerHealth[]): UseHealth => ({
  connection: 'default',
  use: 'cache',
  breaker: 'closed',
  servers,
});
const session = (...servers: ServerHealth[]): UseHealth => ({
  ...cache(...servers),
  use: 'session',
  breaker: undefined,
});

describe('judgeHealth', () => {
  it.each<[string, readonly UseHealth[], string]>([
    ['all answer', [cache(fine), session(fine)], 'up'],
    ['Redis is not used', [], 'up'],
    ['the cache is not connected', [cache(), session(fine)], 'degraded'],
    ['the cache does not answer', [cache(dead), session(fine)], 'degraded'],
    ['sessions are not connected', [cache(fine), session()], 'down'],
    ['sessions do not answer', [cache(fine), session(dead)], 'down'],
    ['nobody answers and there are sessions', [cache(dead), session(dead)], 'down'],
    ['nobody answers and there are none', [cache(dead)], 'degraded'],
    ['sessions are on a replica', [cache(fine), session({ ...fine, role: 'slave' })], 'down'],
    ['the breaker is open', [{ ...cache(fine), breaker: 'open' }], 'degraded'],
    ['the breaker tries', [{ ...cache(fine), breaker: 'half-open' }], 'degraded'],
    ['the breaker of sessions is open', [{ ...session(fine), breaker: 'open' }], 'down'],
    ['one primary of the sessions is dead', [session(fine, dead, fine)], 'degraded'],
    ['all primaries of the sessions are dead', [session(dead, dead)], 'down'],
    ['it is full and must not evict', [session(full)], 'degraded'],
    ['it is full and evicts', [cache({ ...full, policy: 'allkeys-lru' })], 'up'],
    ['it has no limit', [cache({ ...fine, maxBytes: 0 })], 'up'],
    [
      'it does not tell of itself',
      [
        session({
          ...fine,
          role: undefined,
          usedBytes: undefined,
          maxBytes: undefined,
          policy: undefined,
        }),
      ],
      'up',
    ],
  ])('where %s', (_, uses, status) => {
    expect(judgeHealth(uses).status).toBe(status);
  });

  it('tells why', () => {
    const [one, other] = judgeHealth([
      { ...cache(dead), breaker: 'open' },
      session({ ...fine, role: 'slave' }),
    ]).uses;
    expect(one!.reasons).toEqual(['here:1: no answer', 'breaker is open']);
    expect(other!.reasons).toEqual(['here:1 is a replica']);
  });
});
