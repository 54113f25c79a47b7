import { describe, expect, it } from '@jest/globals';
import { meansOutage } from './outage.js';

const withCode = (code: unknown): Error => Object.assign(new Error('failed'), { code });

describe('meansOutage', () => {
  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN', '08006', '57P01', '57P03', '53300'])(
    'is true for the code %s',
    (code) => {
      expect(meansOutage(withCode(code))).toBe(true);
    },
  );

  it.each(['23505', '22P02', '57014', '40001', 'ENOENT', '', 8006, undefined])(
    'is false for the code %p',
    (code) => {
      expect(meansOutage(withCode(code))).toBe(false);
    },
  );

  it('looks at the causes', () => {
    const cause = new Error('query failed', { cause: withCode('ECONNRESET') });
    expect(meansOutage(new Error('write failed', { cause }))).toBe(true);
  });

  it('ends on a circle of causes', () => {
    const error = new Error('itself');
    error.cause = error;
    expect(meansOutage(error)).toBe(false);
  });

  it.each([undefined, null, 'ECONNREFUSED', 42])('is false for %p, which is no error', (thrown) => {
    expect(meansOutage(thrown)).toBe(false);
  });
});
