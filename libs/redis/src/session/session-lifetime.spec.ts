import { describe, expect, it } from '@jest/globals';
import { timeLeftMs, type SessionLifetime } from './session-lifetime.js';
import type { SessionRecord } from './session.types.js';

const NOW = 1_000_000;
const rules: SessionLifetime = {
  idleTimeoutMs: 60_000,
  absoluteTimeoutMs: 600_000,
  rememberForMs: 3_000_000,
  renewBelow: 0.9,
  cookie: { maxAge: 86_400_000 },
};
const session = (originalMaxAge: number | null, createdAt?: number): SessionRecord => ({
  cookie: { originalMaxAge },
  ...(createdAt !== undefined && { $meta: { createdAt } }),
});

describe('timeLeftMs', () => {
  it.each([
    ['the idle timeout', session(null, NOW), 60_000],
    ['what is left until the absolute end', session(null, NOW - 580_000), 20_000],
    ['nothing past the absolute end', session(null, NOW - 600_001), -1],
    ['the idle timeout when nobody noted the beginning', session(null), 60_000],
    ['a maxAge of its own', session(300_000, NOW), 300_000],
    ['a maxAge of its own, up to the absolute end', session(900_000, NOW), 600_000],
    ['the idle timeout when the maxAge is the configured one', session(86_400_000, NOW), 60_000],
    ['the idle timeout when that lost a few milliseconds', session(86_399_990, NOW), 60_000],
    ['nothing for a maxAge in the past', session(-1, NOW), -1],
    ['the idle timeout for nonsense', session(NaN, NOW), 60_000],
  ])('is %s', (_, record, expected) => {
    expect(timeLeftMs(record, rules, NOW)).toBe(expected);
  });
});
