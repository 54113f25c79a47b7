import { describe, expect, it } from '@jest/globals';
import { resolveDashboardOptions } from './dashboard.options.js';

const guard = { canActivate: () => true };

describe('who may come in', () => {
  it('is nobody without a guard', () => {
    expect(() => resolveDashboardOptions({}, undefined)).toThrow(
      /`dashboard\.guard` is missing\. .*Give a guard/,
    );
    expect(() => resolveDashboardOptions({ public: false }, 'test')).toThrow(/dashboard\.guard/);
  });

  it('is everybody where that is said, but never in production', () => {
    expect(resolveDashboardOptions({ public: true }, 'development').guard).toBeUndefined();
    expect(() => resolveDashboardOptions({ public: true }, 'production')).toThrow(
      /`dashboard\.public` is true\. That is refused in production/,
    );
  });

  it('is whom the guard lets in, in production too', () => {
    expect(resolveDashboardOptions({ guard }, 'production').guard).toBe(guard);
    expect(() => resolveDashboardOptions({ guard, public: true }, undefined)).toThrow(
      /one of them/,
    );
  });
});

describe('the path', () => {
  it.each([
    ['/redis', 'redis'],
    ['admin/redis/', 'admin/redis'],
  ])('%j is fine', (path, plain) => {
    expect(resolveDashboardOptions({ path, guard }, undefined).path).toBe(plain);
  });

  it.each(['', '/', '/:id', '/redis*', '/a b', '/a//b'])('%j is refused', (path) => {
    expect(() => resolveDashboardOptions({ path, guard }, undefined)).toThrow(/dashboard\.path/);
  });
});

describe('the plots', () => {
  it('keep an hour in steps of five seconds', () => {
    expect(resolveDashboardOptions({ guard }, undefined)).toMatchObject({
      sampleEveryMs: 5000,
      points: 720,
    });
  });

  it('refuse to grow without bound', () => {
    expect(() => resolveDashboardOptions({ guard, keep: '1d' }, undefined)).toThrow(
      /17280 points; at most 5000/,
    );
    expect(() => resolveDashboardOptions({ guard, sampleEvery: 1 }, undefined)).toThrow(
      /sampleEvery/,
    );
  });
});
