import { describe, expect, it } from '@jest/globals';
import { resolveStream, retryDelayMs } from './stream.options.js';

describe('options of a stream', () => {
  it('wait longer with each failure, up to claimAfter', () => {
    const stream = resolveStream('orders', { retryAfter: '1s', claimAfter: '5s' });
    const delays = [1, 2, 3, 4, 50].map((deliveries) => retryDelayMs(stream, deliveries));
    expect(delays).toEqual([1000, 2000, 4000, 5000, 5000]);
  });

  it.each([
    [{ maxLength: 0 }, 'streams.orders.maxLength'],
    [{ maxDeliveries: 1.5 }, 'streams.orders.maxDeliveries'],
    [{ claimAfter: '10ms' }, 'streams.orders.claimAfter'],
    [{ retryAfter: 0 }, 'streams.orders.retryAfter'],
  ] as const)('refuse %j', (options, path) => {
    expect(() => resolveStream('orders', options)).toThrow(path);
  });
});
