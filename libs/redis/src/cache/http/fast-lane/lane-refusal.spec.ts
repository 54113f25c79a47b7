import { describe, expect, it } from '@jest/globals';
import { laneRefusal, type LaneRouteFacts } from './lane-refusal.js';

const facts: LaneRouteFacts = {
  isGet: true,
  guards: [],
  scope: 'public',
  interceptors: [{ name: 'CacheInterceptor', isPlain: true }],
  hasKeyFactory: false,
  isVersionedByFunction: false,
  isExpress: true,
};

describe('laneRefusal', () => {
  it('lets a public route without a guard have it', () => {
    expect(laneRefusal(facts)).toBeUndefined();
  });

  it.each<[string, Partial<LaneRouteFacts>]>([
    ['Express', { isExpress: false }],
    ['GET', { isGet: false }],
    ['a guard (AGuard, BGuard)', { guards: ['AGuard', 'BGuard'] }],
    ['who shares it', { scope: undefined }],
    ['who shares it', { scope: 'session' }],
    ['no cache', { interceptors: [] }],
    ['Own overrides', { interceptors: [...facts.interceptors, { name: 'Own', isPlain: false }] }],
    ['@CacheKey is a function', { hasKeyFactory: true }],
    ['a function chooses the version', { isVersionedByFunction: true }],
  ])('refuses, with the next step: %s', (problem, over) => {
    const refusal = laneRefusal({ ...facts, ...over });
    expect(refusal?.problem).toContain(problem);
    expect(refusal?.remedy).toContain('eave out @FastLane() there');
  });
});
