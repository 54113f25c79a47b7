import { afterEach, describe, expect, it } from '@jest/globals';
import { turnClock } from '../common/clock.js';
import type { RedisClient } from '../connection/redis-client.js';
import type { Gate } from './gate.js';
import { RedisClock } from './redis-clock.js';

let local = 1_000_000;
const clock = (): RedisClock => new RedisClock({ now: () => local });

/** Redis with a clock that differs, behind a line with a round trip. */
function redis(differenceMs: number, roundTripMs = 0): Gate {
  return {
    isOpen: false,
    run: async (operation) => {
      local += roundTripMs / 2;
      const at = local + differenceMs;
      local += roundTripMs / 2;
      const time = async (): Promise<[string, string]> => [
        String(Math.floor(at / 1000)),
        String((at % 1000) * 1000),
      ];
      return operation({ time } as unknown as RedisClient);
    },
  };
}

describe('RedisClock', () => {
  afterEach(() => turnClock(0));

  it.each([3_600_000, -3_600_000, 60])(
    'follows a clock that differs by %p ms',
    async (difference) => {
      const shared = clock();
      await shared.adjust(redis(difference));
      expect(shared.now() - local).toBe(difference);
    },
  );

  it('takes the way there and back into account', async () => {
    const shared = clock();
    await shared.adjust(redis(5000, 200));
    expect(shared.now() - local).toBe(5000);
  });

  it('leaves a difference alone that may be the way only', async () => {
    const shared = clock();
    await shared.adjust(redis(40));
    await shared.adjust(redis(150, 200));
    expect(shared.now() - local).toBe(0);
  });

  it('goes on as it was when Redis does not tell', async () => {
    const shared = clock();
    await shared.adjust(redis(5000));
    const silent: Gate = { isOpen: true, run: () => Promise.reject(new Error('down')) };
    await expect(shared.adjust(silent)).rejects.toThrow('down');
    expect(shared.now() - local).toBe(5000);
  });

  it('stays as far ahead as a test turned it, also when Redis tells the time again', async () => {
    const shared = clock();
    await shared.adjust(redis(5000));
    turnClock(60_000);
    expect(shared.now() - local).toBe(65_000);
    await shared.adjust(redis(7000));
    expect(shared.now() - local).toBe(67_000);
  });
});
